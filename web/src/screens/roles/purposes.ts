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
      federated("token.actions.githubusercontent.com", account, {
        StringEquals: {
          "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
          "token.actions.githubusercontent.com:sub": `repo:${repository}:ref:refs/heads/${branch}`,
        },
      }),
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
        StringEquals: { [`${issuer}:aud`]: "sts.amazonaws.com", [`${issuer}:sub`]: `system:serviceaccount:${namespace}:${name}` },
      }),
  },
];
