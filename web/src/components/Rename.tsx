import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";

import { call } from "../lib/api";
import { go } from "../lib/route";
import { Confirm } from "./Confirm";
import { CopyCommand } from "./CopyCommand";
import { notify } from "./Notices";

/** Gives what a screen is about another name, and goes to where it is then; `screen` is where those are. */
export function Rename({ noun, name, screen }: { noun: "User" | "Group" | "ServerCertificate"; name: string; screen: string }) {
  const [other, setOther] = useState<string | null>(null);
  const members = { [`${noun}Name`]: name, [`New${noun}Name`]: (other ?? "").trim() };
  return (
    <>
      <Button onClick={() => setOther(name)}>Rename</Button>
      {other !== null && (
        <Confirm title={`Rename ${name}`} verb="Rename" close={() => setOther(null)} act={async () => {
          await call("iam", `Update${noun}`, members);
          notify(`${name} is called ${other.trim()} now.`);
          go(screen, other.trim());
        }}>
          <FormField label="New name" description="Its ARN changes with it. Policies that name the ARN of before are about another then, or none."><Input value={other} onChange={(event) => setOther(event.detail.value)} /></FormField>
          <CopyCommand operation={`Update${noun}`} members={members} />
        </Confirm>
      )}
    </>
  );
}
