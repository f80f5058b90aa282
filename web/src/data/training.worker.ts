import type { TrainingJob } from "./ports";
import { serve } from "./training-desk";

addEventListener("message", (event: MessageEvent<TrainingJob>) => {
  serve(event.data, (answer) => postMessage(answer));
});
