import Alert from "@cloudscape-design/components/alert";
import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import ExpandableSection from "@cloudscape-design/components/expandable-section";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { CopyOwnCommand } from "../../components/CopyCommand";
import { Copyable } from "../../components/Copyable";
import { JsonBlock } from "../../components/JsonBlock";
import { Lanes } from "../../components/Lanes";
import { Problem } from "../../components/Problem";
import { Suggestions } from "../../components/Suggestions";
import { type Json, own } from "../../lib/api";
import { quoted } from "../../lib/command";
import { time } from "../../lib/format";
import { useLoaded } from "../../lib/load";
import { placeFor } from "../../lib/proposals";
import { save } from "../../lib/save";
import { simulatorOn } from "../../lib/simulation";

export function Explained({ id }: { id: string }) {
  const page = useLoaded(() => own("GetDecision", { decisionId: id }), id);
  const found = page.value;
  const simulator = found ? simulatorOn(found) : null;
  const allowed = found?.decision.outcome === "Allow";
  const [unsaved, setUnsaved] = useState<unknown>();
  const saveTest = async (): Promise<void> => {
    setUnsaved(undefined);
    try {
      const { file } = await own("GetDecisionTest", { decisionId: id });
      save(`${id}.test.json`, `${JSON.stringify(file, null, 2)}\n`, "application/json");
    } catch (error) {
      setUnsaved(error);
    }
  };
  return (
    <SpaceBetween size="l">
      <Header
        variant="h1"
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyOwnCommand command={`iamd explain ${quoted(id)}`} />
            <CopyToClipboard textToCopy={window.location.href} copyButtonText="Copy link" copySuccessText="The link is copied: it is good for a day" copyErrorText="It could not be copied" />
            <Button href={simulator ?? undefined} disabled={simulator === null} disabledReason={found && simulator === null ? "Users and roles can be simulated" : undefined}>Open in the simulator</Button>
            <Button iconName="download" onClick={() => void saveTest()} disabled={!found || found.partial} disabledReason={found?.partial ? "Some of its policies are another account's" : undefined}>Save as test file</Button>
          </SpaceBetween>
        }
      >
        {found === undefined ? "Decision" : allowed ? "Why it was allowed" : "Why it was denied"}
      </Header>
      <Problem error={unsaved} />
      <Problem error={page.error} />
      {found && (
        <>
          <Container header={<Header variant="h2">Request</Header>}>
            <KeyValuePairs columns={2} minColumnWidth={280} items={[
              { label: "Who", value: <span className="iamd-wrap">{found.caller.arn}</span> },
              { label: "Action", value: found.request?.action ?? found.operation },
              { label: "Resource", value: <span className="iamd-wrap">{found.request?.resource ?? "-"}</span> },
              { label: "When", value: time(found.at) },
              { label: "Decision", value: <Badge color={allowed ? "green" : "red"}>{found.decision.outcome}</Badge> },
              { label: "Reason", value: found.decision.reason || found.decision.fault || "-" },
              { label: "Decision ID", value: <Copyable text={id} /> },
            ]} />
          </Container>
          {(found.suggestions ?? []).length > 0 && <Suggestions suggestions={shownSteps(found)} editor={(step) => placeFor(found, step)} />}
          {found.partial && <Alert type="info">Another account is concerned. What is its own is left out, and the layers may differ for it.</Alert>}
          {found.lanes.length > 0 ? <Lanes lanes={found.lanes} suggestions={found.suggestions} /> : <Alert type="error" header="No layer was asked">{found.decision.fault}</Alert>}
          <ExpandableSection headerText="Everything, as JSON"><JsonBlock text={JSON.stringify(found, null, 2)} label="Decision" /></ExpandableSection>
        </>
      )}
    </SpaceBetween>
  );
}

/** The steps as they are made: a policy of AWS is not edited, and another one takes the statement. */
function shownSteps(found: Json): Json[] {
  return found.suggestions.map((each: Json, number: number) => (found.editors?.[number]?.how === "add" ? { ...each, becomes: null } : each));
}
