import Badge from "@cloudscape-design/components/badge";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import Link from "@cloudscape-design/components/link";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { Confirm } from "../../components/Confirm";
import { CopyCommand } from "../../components/CopyCommand";
import { notify } from "../../components/Notices";
import { call } from "../../lib/api";
import { href } from "../../lib/route";
import type { Organization } from "./organization";


/** Roots, units and accounts, each below what holds it. */
export function Structure({ found, changed }: { found: Organization; changed: () => void }) {
  const [making, setMaking] = useState(false);
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const accounts = found.nodes.filter((node) => node.kind === "Account").length;
  return (
    <>
      <Table
        variant="container"
        trackBy="id"
        items={found.nodes}
        wrapLines
        header={
          <Header
            counter={`(${accounts})`}
            description="Units are made, and accounts moved, where they are opened."
            actions={
              <SpaceBetween direction="horizontal" size="xs">
                <CopyCommand service="organizations" operation="ListAccounts" />
                <Button onClick={() => { setName(""); setEmail(""); setMaking(true); }}>Create account</Button>
              </SpaceBetween>
            }
          >
            Accounts and units
          </Header>
        }
        columnDefinitions={[
          { id: "name", header: "Name", isRowHeader: true, cell: (node) => <div className={`iamd-depth-${Math.min(node.depth, 5)}`}><Link href={href("organization", "target", node.id)}>{node.name}</Link></div> },
          { id: "kind", header: "Kind", cell: (node) => <Badge color={node.kind === "Account" ? "blue" : "grey"}>{node.kind}</Badge> },
          { id: "id", header: "ID", cell: (node) => node.id },
          { id: "email", header: "Email", cell: (node) => node.more.Email ?? "-" },
          { id: "status", header: "Status", cell: (node) => node.more.Status ?? "-" },
        ]}
      />
      {making && (
        <Confirm title="Create account" verb="Create" close={() => setMaking(false)} act={async () => {
          await call("organizations", "CreateAccount", { AccountName: name, Email: email });
          notify("The account is being created.");
          changed();
        }}>
          <SpaceBetween size="m">
            <FormField label="Account name"><Input value={name} onChange={(event) => setName(event.detail.value)} /></FormField>
            <FormField label="Email" constraintText="Of its root user; no other account has it."><Input value={email} type="email" onChange={(event) => setEmail(event.detail.value)} /></FormField>
          </SpaceBetween>
        </Confirm>
      )}
    </>
  );
}
