// The `aws` command that does what a screen does.

import type { Json } from "./api";

function kebab(name: string): string {
  return name
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .toLowerCase();
}

/** Returns a text as a shell takes it for one word. */
export function quoted(text: string): string {
  return /^[A-Za-z0-9@%+=:,./_-]+$/.test(text) ? text : `'${text.replaceAll("'", `'"'"'`)}'`;
}

export function awsCommand(service: string, operation: string, members: Json = {}): string {
  const words = ["aws", service, kebab(operation)];
  for (const [name, value] of Object.entries(members)) {
    if (value === undefined) {
      continue;
    }
    const flag = kebab(name.replace("MFA", "Mfa"));
    if (typeof value === "boolean") {
      words.push(value ? `--${flag}` : `--no-${flag}`);
    } else {
      words.push(`--${flag}`, quoted(typeof value === "object" ? JSON.stringify(value) : String(value)));
    }
  }
  return words.join(" ");
}
