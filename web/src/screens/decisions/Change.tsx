import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { JsonEditor } from "../../components/JsonEditor";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { Proposed } from "../../components/Proposed";
import { SaveReview } from "../../components/SaveReview";
import { TextDiff } from "../../components/TextDiff";
import { call, type Json, own } from "../../lib/api";
import { documentOf } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { applied, proposalFor } from "../../lib/proposals";
import { go, href } from "../../lib/route";
import { save } from "../../lib/save";

const EMPTY = JSON.stringify({ Version: "2012-10-17", Statement: [] });

/** A step of the least change in a policy that has no screen: to be saved here by whoever may, or to be taken to where it belongs. */
export function Change({ id, step }: { id: string; step: number }) {
  const page = useLoaded(() => own("GetDecision", { decisionId: id }), id);
  const found = page.value;
  const elsewhere: Json | null | undefined = found?.editors?.[step - 1]?.elsewhere;
  if (!found) {
    return <Problem error={page.error} />;
  }
  return (
    <SpaceBetween size="l">
      <Header variant="h1">{elsewhere?.title ?? "A change"}</Header>
      {elsewhere ? <Document key={`${id} ${step}`} found={found} step={step} elsewhere={elsewhere} /> : <Box>There is no such step, or it is made on another screen.</Box>}
    </SpaceBetween>
  );
}

function Document({ found, step, elsewhere }: { found: Json; step: number; elsewhere: Json }) {
  const proposal = proposalFor(found, step, href("decisions", found.decision_id))!;
  const before = textOf(found, step);
  const [text, setText] = useState(() => applied(before ?? EMPTY, { ...proposal, recorded: before }));
  const [reviewed, setReviewed] = useState(false);
  const reason: string | null = found.editors[step - 1].reason;
  const target: Json | null = elsewhere.save;
  const put = async (): Promise<void> => {
    const members = { ...target!.members, [target!.member]: text };
    await (target!.page ? own(target!.page, members) : call(target!.service, target!.operation, members));
    notify("The policy is saved. It bears on the next request.");
    go("decisions", found.decision_id);
  };
  return (
    <SpaceBetween size="l">
      <Container
        header={
          <Header
            variant="h2"
            description={elsewhere.says}
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <Button iconName="download" onClick={() => save("policy.json", `${text}\n`, "application/json")}>Save as policy.json</Button>
                {target && <Button variant="primary" disabled={reason !== null || text === before} disabledReason={reason ?? "Nothing is changed"} onClick={() => setReviewed(true)}>Save</Button>}
              </SpaceBetween>
            }
          >
            Document
          </Header>
        }
      >
        <SpaceBetween size="m">
          <Proposed proposal={{ ...proposal, recorded: before }} text={before} />
          <JsonEditor label="Policy document" kind={elsewhere.kind} value={text} change={setText} />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2" description="It takes the file policy.json." actions={<CopyToClipboard textToCopy={elsewhere.command} copyButtonText="Copy" copySuccessText="Copied" copyErrorText="It could not be copied" />}>In a terminal</Header>}>
        <div className="iamd-json"><pre aria-label="Command" tabIndex={0}>{elsewhere.command}</pre></div>
      </Container>
      {before !== undefined && !reviewed && <Container header={<Header variant="h2">Lines that change</Header>}><TextDiff before={before} after={text} label="Lines that change" /></Container>}
      {reviewed && <SaveReview title="Save?" verb="Save" saved={undefined} before={before} after={text} save={put} close={() => setReviewed(false)} />}
    </SpaceBetween>
  );
}

/** Returns the document as it was: that of the step, or the only one of its layer. */
function textOf(found: Json, step: number): string | undefined {
  const suggestion: Json = found.suggestions[step - 1];
  const policies: Json[] = (found.lanes as Json[]).filter((lane) => lane.layer === suggestion.layer && lane.level === suggestion.level).flatMap((lane) => lane.policies);
  const policy = policies.find((each) => each.arn === suggestion.policy?.arn && each.name === suggestion.policy?.name) ?? (policies.length === 1 ? policies[0] : undefined);
  return policy && documentOf(policy.document);
}
