import Link from "@cloudscape-design/components/link";
import SegmentedControl from "@cloudscape-design/components/segmented-control";

import { EntityList } from "../../components/EntityList";
import { age } from "../../lib/format";
import { usePaged } from "../../lib/load";
import { href, setQuery } from "../../lib/route";

const SCOPES = [
  { id: "Local", text: "Customer managed" },
  { id: "AWS", text: "AWS managed" },
  { id: "All", text: "All" },
];

export function PolicyList({ scope: asked }: { scope: string }) {
  const scope = SCOPES.some((each) => each.id === asked) ? asked : "Local";
  const policies = usePaged("iam", "ListPolicies", "Policies", { Scope: scope }, scope);
  return (
    <EntityList
      key={scope}
      paged={policies}
      trackBy="Arn"
      title="Policies"
      noun="policy"
      plural="policies"
      description="A managed policy can be attached to many users, groups and roles."
      choice={
        <SegmentedControl
          selectedId={scope}
          options={SCOPES}
          label="Which policies"
          onChange={(event) => setQuery({ scope: event.detail.selectedId === "Local" ? null : event.detail.selectedId, page: null, filter: null }, "step")}
        />
      }
      operation="ListPolicies"
      members={{ Scope: scope }}
      create={{ text: "Create policy", href: "#/policies?create=1" }}
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
