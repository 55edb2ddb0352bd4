import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";

import { DocumentPanel } from "../../components/DocumentPanel";
import type { Json } from "../../lib/api";
import { documentOf } from "../../lib/format";
import { placeOf } from "../trust/graph";
import { trusted } from "./RoleList";

export function TrustRelationships({ role, changed }: { role: Json; changed: () => void }) {
  return (
    <DocumentPanel
      title="Trusted entities"
      description="Who may assume the role, and under which conditions."
      label="Trust policy"
      policy={{ kind: "trust", arn: role.Arn }}
      text={documentOf(role.AssumeRolePolicyDocument)}
      operation="UpdateAssumeRolePolicy"
      members={{ RoleName: role.RoleName }}
      edit="Edit trust policy"
      save="Save"
      saved="The trust policy is saved. It bears on the next request."
      changed={changed}
    >
      <Box>{trusted(role)}</Box>
      <Link href={placeOf(role.Arn, "to")}>All the ways to this role, in the trust graph</Link>
    </DocumentPanel>
  );
}
