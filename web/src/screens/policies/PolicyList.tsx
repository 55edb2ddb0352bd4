import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { CopyCommand } from "../../components/CopyCommand";
import { EntityTable } from "../../components/EntityTable";
import { age } from "../../lib/format";
import { usePaged } from "../../lib/load";
import { href, setQuery } from "../../lib/route";

const CREATE = "#/policies?create=1";
const SCOPES = [
  { id: "Local", text: "Customer managed" },
  { id: "AWS", text: "AWS managed" },
  { id: "All", text: "All" },
];

export function PolicyList({ scope: asked }: { scope: string }) {
  const scope = SCOPES.some((each) => each.id === asked) ? asked : "Local";
  const policies = usePaged("iam", "ListPolicies", "Policies", { Scope: scope }, scope);
  return (
    <EntityTable
      key={scope}
      paged={policies}
      trackBy="Arn"
      title="Policies"
      noun="policy"
      plural="policies"
      description="A managed policy can be attached to many users, groups and roles."
      actions={
        <SpaceBetween direction="horizontal" size="xs">
          <SegmentedControl
            selectedId={scope}
            options={SCOPES}
            label="Which policies"
            onChange={(event) => setQuery({ scope: event.detail.selectedId === "Local" ? null : event.detail.selectedId, page: null, filter: null }, "step")}
          />
          <CopyCommand operation="ListPolicies" members={{ Scope: scope }} />
          <Button variant="primary" href={CREATE}>Create policy</Button>
        </SpaceBetween>
      }
      empty={<SpaceBetween size="s"><b>No policies</b><Button href={CREATE}>Create policy</Button></SpaceBetween>}
      columns={[
        { id: "name", header: "Policy name", isRowHeader: true, sortingField: "PolicyName", text: (policy) => policy.PolicyName, cell: (policy) => <Link href={href("policies", policy.Arn)}>{policy.PolicyName}</Link> },
        { id: "type", header: "Type", text: (policy) => (policy.Arn.startsWith("arn:aws:iam::aws:") ? "AWS managed" : "Customer managed"), cell: (policy) => (policy.Arn.startsWith("arn:aws:iam::aws:") ? "AWS managed" : "Customer managed") },
        { id: "used", header: "Attachments", sortingField: "AttachmentCount", cell: (policy) => policy.AttachmentCount },
        { id: "version", header: "Version", cell: (policy) => policy.DefaultVersionId },
        { id: "changed", header: "Changed", sortingField: "UpdateDate", cell: (policy) => age(policy.UpdateDate) },
      ]}
    />
  );
}
