import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useEffect, useRef, useState } from "react";

import { call, type Json } from "../lib/api";
import { applied, useProposal } from "../lib/proposals";
import { CopyCommand } from "./CopyCommand";
import type { Saved } from "./DecisionDiff";
import { JsonEditor } from "./JsonEditor";
import { notify } from "./Notices";
import { PolicyText } from "./PolicyText";
import { Problem } from "./Problem";
import { Proposed } from "./Proposed";
import { SaveReview } from "./SaveReview";

interface Props {
  title: string;
  description: string;
  /** What the document is called where only a screen reader tells. */
  label: string;
  policy: Saved;
  /** Undefined while it is not loaded. */
  text: string | undefined;
  error?: unknown;
  /** Why it cannot be changed, if it cannot. */
  reason?: string | undefined;
  /** That puts the document in force, with its members besides the document. */
  operation: string;
  members: Json;
  edit: string;
  save: string;
  saved: string;
  changed: () => void;
  children?: ReactNode;
}

/** A policy document that one reads, edits and saves. */
export function DocumentPanel({ title, description, label, policy, text, error, reason, operation, members, edit, save, saved, changed, children }: Props) {
  const [edited, setEdited] = useState<string | null>(null);
  const [reviewed, setReviewed] = useState(false);
  const { proposal, error: unproposed } = useProposal();
  const proposed = useRef(false);
  useEffect(() => {
    if (proposal && text !== undefined && reason === undefined && !proposed.current) {
      proposed.current = true;
      setEdited(applied(text, proposal));
    }
  }, [proposal, text, reason]);
  const asked = { ...members, PolicyDocument: edited ?? text ?? "" };
  const put = async (): Promise<void> => {
    await call("iam", operation, asked);
    notify(saved);
    setEdited(null);
    changed();
  };
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={description}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              {reason === undefined && <CopyCommand operation={operation} members={asked} />}
              {edited === null ? (
                <Button disabled={reason !== undefined} disabledReason={reason} onClick={() => setEdited(text ?? "")}>{edit}</Button>
              ) : (
                <>
                  <Button variant="link" onClick={() => setEdited(null)}>Cancel</Button>
                  <Button variant="primary" disabled={edited === text} disabledReason="Nothing is changed" onClick={() => setReviewed(true)}>{save}</Button>
                </>
              )}
            </SpaceBetween>
          }
        >
          {title}
        </Header>
      }
    >
      <SpaceBetween size="m">
        <Problem error={error ?? unproposed} />
        {proposal && edited !== null && <Proposed proposal={proposal} text={text} />}
        {children}
        {edited !== null ? <JsonEditor label={label} kind={policy.kind} value={edited} change={setEdited} /> : text !== undefined && <PolicyText text={text} label={label} kind={policy.kind} />}
      </SpaceBetween>
      {reviewed && edited !== null && <SaveReview title={`${save}?`} verb={save} saved={policy} before={text} after={edited} save={put} close={() => setReviewed(false)} />}
    </Container>
  );
}
