/** #/post: a form that builds a model for other people's data, and posts it. */
import { useMemo } from "react";
import { flushSync } from "react-dom";
import { ErrorNote } from "../ui";
import { usePageTitle } from "../ui/page-title";
import { CommitteeSection, MoneySection, TrainersSection } from "./post/committee-section";
import { DataSection } from "./post/data-section";
import { IdentityCard, IdentityError, useOwnerIdentity } from "./post/identity-card";
import { ModelSection } from "./post/model-section";
import "./post/post.css";
import { Review } from "./post/review";
import { TaskFileButtons } from "./post/task-file-buttons";
import { PrivacySection, ProgressSection, TrainingSection } from "./post/training-sections";
import { useDraft } from "./post/use-draft";
import { usePosting } from "./post/use-posting";
import { useTerms } from "./post/use-terms";

export default function PostPage() {
  usePageTitle("Post a task");
  const draftForm = useDraft();
  const terms = useTerms(draftForm);
  const identity = useOwnerIdentity();
  const { state, post } = usePosting();
  const form = useMemo(
    () => ({ ...draftForm, problems: { ...terms.problems, ...draftForm.problems } }),
    [draftForm, terms.problems],
  );
  const missing = Object.entries({ ...form.problems, ...identityProblem(identity.data?.savedElsewhere) });
  const { rewardToken, chosen } = terms;
  if (rewardToken === undefined) {
    return <ErrorNote>This network lists no reward token of 18 decimals, so nothing can be paid from here.</ErrorNote>;
  }
  const ready = { ...terms, rewardToken };
  const start = () => {
    if (missing.length > 0 || !form.file || !identity.data || !chosen) return showFirstProblem(form.showAll);
    void post({ form, file: form.file, identity: identity.data, chosen, rewardToken });
  };
  return (
    <div className="stack">
      <header className="stack tight">
        <h1>Post a task</h1>
        <p>
          Have a model trained on data that never leaves its owners. You say what it shall predict and what you pay;
          data owners train it where their data are; a committee opens only the sum of what they learnt.
        </p>
        <TaskFileButtons form={form} />
      </header>
      <DataSection form={form} />
      <ModelSection form={form} />
      <TrainingSection form={form} />
      <PrivacySection form={form} />
      <ProgressSection form={form} />
      <MoneySection form={form} terms={ready} />
      <CommitteeSection form={form} terms={ready} />
      <TrainersSection form={form} terms={ready} />
      {identity.isError ? <IdentityError error={identity.error} /> : <IdentityCard identity={identity.data} />}
      <Review missing={missing} state={state} onPost={start} />
    </div>
  );
}

function identityProblem(saved: boolean | undefined): Record<string, string> {
  return saved ? {} : { "owner.identity": "Save the key file first." };
}

/** Says at every field what is wrong with it, and goes to the first. */
function showFirstProblem(showAll: () => void): void {
  flushSync(showAll);
  const first = document.querySelector<HTMLElement>("main [aria-invalid=true]");
  first?.closest("details")?.setAttribute("open", "");
  first?.focus();
}
