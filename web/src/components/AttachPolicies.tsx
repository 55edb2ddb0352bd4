import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Table from "@cloudscape-design/components/table";
import { useState } from "react";

import { callAll, type Json } from "../lib/api";
import { useLoaded } from "../lib/load";
import { Confirm } from "./Confirm";
import { Problem } from "./Problem";

const SHOWN = 50;

interface Props {
  attached: Set<string>;
  attach: (arns: string[]) => Promise<void>;
  close: () => void;
}

export function AttachPolicies({ attached, attach, close }: Props) {
  const policies = useLoaded(() => callAll("iam", "ListPolicies", { Scope: "All", MaxItems: 1000 }, "Policies"), "");
  const [text, setText] = useState("");
  const [chosen, setChosen] = useState<Json[]>([]);
  const wanted = text.toLowerCase();
  const found = (policies.value ?? []).filter((policy) => !attached.has(policy.Arn) && policy.PolicyName.toLowerCase().includes(wanted));
  const rows = [...chosen, ...found.filter((policy) => !chosen.some((each) => each.Arn === policy.Arn)).slice(0, SHOWN)];
  return (
    <Confirm title="Attach policies" verb={`Attach${chosen.length ? ` ${chosen.length}` : ""}`} close={close} act={() => attach(chosen.map((policy) => policy.Arn))}>
      <SpaceBetween size="s">
        <Problem error={policies.error} />
        <Input type="search" value={text} placeholder="Find policies" ariaLabel="Find policies" onChange={(event) => setText(event.detail.value)} />
        <Table
          variant="embedded"
          trackBy="Arn"
          loading={policies.loading}
          loadingText="Loading policies"
          items={rows}
          selectionType="multi"
          selectedItems={chosen}
          onSelectionChange={(event) => setChosen(event.detail.selectedItems)}
          ariaLabels={{ selectionGroupLabel: "Policies", allItemsSelectionLabel: () => "All policies", itemSelectionLabel: (_, policy) => policy.PolicyName }}
          empty="Nothing found"
          footer={found.length > SHOWN ? `The first ${SHOWN} of ${found.length}` : undefined}
          columnDefinitions={[
            { id: "name", header: "Policy name", isRowHeader: true, cell: (policy) => policy.PolicyName },
            { id: "type", header: "Type", cell: (policy) => (policy.Arn.startsWith("arn:aws:iam::aws:") ? "AWS managed" : "Customer managed") },
          ]}
        />
      </SpaceBetween>
    </Confirm>
  );
}
