import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";

import { call, type Json } from "../lib/api";
import type { Kind } from "../lib/drafts";
import { CopyCommand } from "./CopyCommand";
import { JsonEditor } from "./JsonEditor";
import { notify } from "./Notices";
import { PolicyText } from "./PolicyText";
import { Problem } from "./Problem";

interface Props {
  title: string;
  description: string;
  /** What the document is called where only a screen reader tells. */
  label: string;
  kind: Kind;
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
export function DocumentPanel({ title, description, label, kind, text, error, reason, operation, members, edit, save, saved, changed, children }: Props) {
  const [edited, setEdited] = useState<string | null>(null);
  const [problem, setProblem] = useState<unknown>();
  const asked = { ...members, PolicyDocument: edited ?? text ?? "" };
  const put = async (): Promise<void> => {
    setProblem(undefined);
    try {
      await call("iam", operation, asked);
      notify(saved);
      setEdited(null);
      changed();
    } catch (refused) {
      setProblem(refused);
    }
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
                  <Button variant="primary" onClick={() => void put()}>{save}</Button>
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
        <Problem error={problem ?? error} />
        {children}
        {edited !== null ? <JsonEditor label={label} kind={kind} value={edited} change={setEdited} /> : text !== undefined && <PolicyText text={text} label={label} kind={kind} />}
      </SpaceBetween>
    </Container>
  );
}
