// What identity providers are called, and which role is made for which.

import { call, type Json } from "../../lib/api";
import { documentOf } from "../../lib/format";

export type Kind = "oidc" | "saml";

export const KINDS: Record<Kind, string> = { oidc: "OpenID Connect", saml: "SAML" };

export interface Provider {
  arn: string;
  name: string;
  kind: Kind;
  created?: number;
  validUntil?: number;
}

export function kindOf(arn: string): Kind {
  return arn.includes(":saml-provider/") ? "saml" : "oidc";
}

/** `token.actions.githubusercontent.com`, `clusters.example.com/id/1`, `Corporate`: all behind the first slash. */
export function providerName(arn: string): string {
  return arn.slice(arn.indexOf("/") + 1);
}

/** Lists the providers of the account; neither list has pages. */
export async function listProviders(): Promise<Provider[]> {
  const [oidc, saml] = await Promise.all([call("iam", "ListOpenIDConnectProviders"), call("iam", "ListSAMLProviders")]);
  return [
    ...oidc.OpenIDConnectProviderList.map(({ Arn }: Json) => ({ arn: Arn, name: providerName(Arn), kind: "oidc" as const })),
    ...saml.SAMLProviderList.map((each: Json) => ({
      arn: each.Arn,
      name: providerName(each.Arn),
      kind: "saml" as const,
      created: each.CreateDate,
      validUntil: each.ValidUntil,
    })),
  ];
}

/** Where a role is made for those who come from a provider. */
export function roleFor(arn: string): string {
  const name = providerName(arn);
  if (kindOf(arn) === "saml") {
    return `#/roles?${new URLSearchParams({ create: "saml", provider: name })}`;
  }
  if (name === "token.actions.githubusercontent.com") {
    return "#/roles?create=github";
  }
  if (name === "gitlab.com" || name.startsWith("gitlab.")) {
    return `#/roles?${new URLSearchParams({ create: "gitlab", host: name })}`;
  }
  return `#/roles?${new URLSearchParams({ create: "oidc", issuer: name })}`;
}

/** Says whether the trust policy of a role names a provider. */
export function trusts(role: Json, arn: string): boolean {
  try {
    const statements = [JSON.parse(documentOf(role.AssumeRolePolicyDocument)).Statement].flat();
    return statements.some((statement: Json) => [statement.Principal?.Federated ?? []].flat().includes(arn));
  } catch {
    return false;
  }
}
