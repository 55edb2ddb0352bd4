import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Link from "@cloudscape-design/components/link";
import StatusIndicator from "@cloudscape-design/components/status-indicator";

import { Problem } from "../../components/Problem";
import { useLoaded } from "../../lib/load";
import { href } from "../../lib/route";
import { useSession } from "../../lib/session";
import { listProviders } from "../providers/providers";
import type { Purpose } from "./purposes";

/** Says whether the identity provider that a trust policy names is there, and leads to where it is made. */
export function ProviderNote({ provider }: { provider: ReturnType<NonNullable<Purpose["provider"]>> }) {
  const session = useSession();
  const providers = useLoaded(listProviders, "");
  const arn = `arn:aws:iam::${session.accountId}:${provider.kind}/${provider.name}`;
  if (providers.error !== undefined) {
    return <Problem error={providers.error} />;
  }
  if (providers.value === undefined) {
    return null;
  }
  if (providers.value.some((each) => each.arn === arn)) {
    return <StatusIndicator type="success">The account has the identity provider <Link href={href("providers", arn)}>{provider.name}</Link></StatusIndicator>;
  }
  return (
    <Alert type="warning" action={<Button href={`#/providers?${new URLSearchParams(provider.add)}`}>Add provider</Button>}>
      The account has no identity provider {provider.name}: nobody can assume the role until it is there.
    </Alert>
  );
}
