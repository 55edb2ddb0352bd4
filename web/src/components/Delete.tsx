import Button from "@cloudscape-design/components/button";
import { type ReactNode, useState } from "react";

import { call, type Json } from "../lib/api";
import { go } from "../lib/route";
import { Confirm } from "./Confirm";
import { notify } from "./Notices";

interface Props {
  /** What it is, in lower case. */
  noun: string;
  name: string;
  service?: string;
  operation: string;
  members: Json;
  /** The parts of the address where the others of its kind are. */
  others: string[];
  /** Why it cannot be deleted. */
  reason?: string | undefined;
  done?: () => void;
  /** What comes of it. */
  children: ReactNode;
}

/** Deletes what a screen is about, once its name was typed, and goes to where the others are. */
export function Delete({ noun, name, service = "iam", operation, members, others, reason, done, children }: Props) {
  const [asking, setAsking] = useState(false);
  return (
    <>
      <Button disabled={reason !== undefined} disabledReason={reason} onClick={() => setAsking(true)}>Delete</Button>
      {asking && (
        <Confirm title={`Delete ${name}?`} verb="Delete" typed={name} close={() => setAsking(false)} act={async () => {
          await call(service, operation, members);
          notify(`The ${noun} ${name} is deleted.`);
          done?.();
          go(...others);
        }}>
          {children}
        </Confirm>
      )}
    </>
  );
}
