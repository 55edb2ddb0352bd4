import { DocumentPanel } from "../../components/DocumentPanel";
import { call } from "../../lib/api";
import { documentOf } from "../../lib/format";
import { useLoaded } from "../../lib/load";

interface Props {
  arn: string;
  version: string;
  /** Why it cannot be changed, if it cannot. */
  reason: string | undefined;
  changed: () => void;
}

export function PolicyDocument({ arn, version, reason, changed }: Props) {
  const text = useLoaded(
    () => call("iam", "GetPolicyVersion", { PolicyArn: arn, VersionId: version }).then((answer) => documentOf(answer.PolicyVersion.Document)),
    arn + version,
  );
  return (
    <DocumentPanel
      title="Policy document"
      description={`Version ${version}, which is in force.`}
      label="Policy document"
      policy={{ kind: "identity", arn }}
      text={text.value}
      error={text.error}
      reason={reason}
      operation="CreatePolicyVersion"
      members={{ PolicyArn: arn, SetAsDefault: true }}
      edit="Edit"
      save="Save as new version"
      saved="A new version is in force, from the next request on."
      changed={changed}
    />
  );
}
