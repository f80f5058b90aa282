/** A newer version of the page is there. It is never taken without asking: a round may be training. */
import { useRegisterSW } from "virtual:pwa-register/react";
import { Button } from "./button";

export function Update() {
  const {
    needRefresh: [ready, setReady],
    updateServiceWorker,
  } = useRegisterSW();
  if (!ready) return null;
  return (
    <div className="strip" role="status">
      A new version of this page is ready.{" "}
      <Button small kind="primary" onClick={() => updateServiceWorker(true)}>
        Load it
      </Button>{" "}
      <Button small onClick={() => setReady(false)}>
        Later
      </Button>
    </div>
  );
}
