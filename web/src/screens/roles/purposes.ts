// What roles are made for, and whom each kind trusts: never everybody of a provider that many share.

import type { Json } from "../../lib/api";

export interface Field {
  id: string;
  label: string;
  hint?: string;
  start?: string;
  optional?: boolean;
}

export interface Purpose {
  id: string;
  label: string;
  description: string;
  fields: Field[];
  trust: (given: Record<string, string>, account: string) => Json;
  /** What the trust policy relies on, for those that rely on an identity provider. */
  provider?: (given: Record<string, string>) => { name: string; kind: "oidc-provider" | "saml-provider"; add: Record<string, string> };
}

const STS = "sts.amazonaws.com";
const GITHUB = "token.actions.githubusercontent.com";

function oidc(name: string, audience: string): ReturnType<NonNullable<Purpose["provider"]>> {
  return { name, kind: "oidc-provider", add: { create: "oidc", url: `https://${name}`, audience } };
}

function federated(provider: string, account: string, condition: Json): Json {
  return {
    Effect: "Allow",
    Principal: { Federated: `arn:aws:iam::${account}:oidc-provider/${provider}` },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: condition,
  };
}

export const PURPOSES: Purpose[] = [
  {
    id: "account",
    label: "AWS account",
    description: "Users and roles of this account or of another one.",
    fields: [
      { id: "account", label: "Account ID", hint: "The account whose users and roles may assume the role, where their own policies allow it." },
      { id: "external", label: "External ID", hint: "For a third party: it must say this, so that others of its customers cannot use your role.", optional: true },
    ],
    trust: ({ account, external }) => ({
      Effect: "Allow",
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: "sts:AssumeRole",
      ...(external ? { Condition: { StringEquals: { "sts:ExternalId": external } } } : {}),
    }),
  },
  {
    id: "service",
    label: "AWS service",
    description: "A service that acts for you.",
    fields: [{ id: "service", label: "Service principal", start: "ec2.amazonaws.com" }],
    trust: ({ service }, account) => ({
      Effect: "Allow",
      Principal: { Service: service },
      Action: "sts:AssumeRole",
      ...(service === "ec2.amazonaws.com" ? {} : { Condition: { StringEquals: { "aws:SourceAccount": account } } }),
    }),
  },
  {
    id: "saml",
    label: "SAML 2.0 federation",
    description: "People who sign in at a SAML identity provider.",
    fields: [
      { id: "provider", label: "SAML provider", hint: "Its name in this account." },
      { id: "audience", label: "Audience", hint: "Where the provider sends its responses.", start: "https://signin.aws.amazon.com/saml" },
    ],
    trust: ({ provider, audience }, account) => ({
      Effect: "Allow",
      Principal: { Federated: `arn:aws:iam::${account}:saml-provider/${provider}` },
      Action: "sts:AssumeRoleWithSAML",
      Condition: { StringEquals: { "SAML:aud": audience } },
    }),
    provider: ({ provider }) => ({ name: provider, kind: "saml-provider", add: { create: "saml", name: provider } }),
  },
  {
    id: "github",
    label: "GitHub Actions",
    description: "The jobs of one repository.",
    fields: [
      { id: "repository", label: "Repository", hint: "owner/name" },
      { id: "branch", label: "Branch", start: "main" },
    ],
    trust: ({ repository, branch }, account) =>
      federated(GITHUB, account, {
        StringEquals: { [`${GITHUB}:aud`]: STS, [`${GITHUB}:sub`]: `repo:${repository}:ref:refs/heads/${branch}` },
      }),
    provider: () => oidc(GITHUB, STS),
  },
  {
    id: "gitlab",
    label: "GitLab",
    description: "The jobs of one project.",
    fields: [
      { id: "host", label: "GitLab host", start: "gitlab.com" },
      { id: "project", label: "Project", hint: "group/project" },
      { id: "branch", label: "Branch", start: "main" },
    ],
    trust: ({ host, project, branch }, account) =>
      federated(host, account, {
        StringEquals: { [`${host}:aud`]: `https://${host}`, [`${host}:sub`]: `project_path:${project}:ref_type:branch:ref:${branch}` },
      }),
    provider: ({ host }) => oidc(host, `https://${host}`),
  },
  {
    id: "kubernetes",
    label: "Kubernetes service account",
    description: "The pods of one service account.",
    fields: [
      { id: "issuer", label: "Issuer", hint: "Of the cluster, without https://" },
      { id: "namespace", label: "Namespace", start: "default" },
      { id: "account", label: "Service account" },
    ],
    trust: ({ issuer, namespace, account: name }, account) =>
      federated(issuer, account, {
        StringEquals: { [`${issuer}:aud`]: STS, [`${issuer}:sub`]: `system:serviceaccount:${namespace}:${name}` },
      }),
    provider: ({ issuer }) => oidc(issuer, STS),
  },
  {
    id: "oidc",
    label: "OpenID Connect",
    description: "One identity of any other provider of tokens.",
    fields: [
      { id: "issuer", label: "Provider", hint: "Its URL without https://" },
      { id: "audience", label: "Audience", hint: "The claim aud of the tokens.", start: STS },
      { id: "subject", label: "Subject", hint: "The claim sub of the tokens: who may come. It is never left open." },
    ],
    trust: ({ issuer, audience, subject }, account) =>
      federated(issuer, account, { StringEquals: { [`${issuer}:aud`]: audience, [`${issuer}:sub`]: subject } }),
    provider: ({ issuer, audience }) => oidc(issuer, audience),
  },
];
