// The credential report: what each user of the account can prove itself with, as comma-separated values.

import { ApiError, call, type Json } from "./api";
import { parseCsv } from "./csv";

export const ROOT = "<root_account>";
const ABSENT = ["ReportNotPresent", "ReportExpired", "ReportInProgress"];

export interface Report {
  text: string;
  made: number;
}

/** Returns the report that there is; null where there is none, or only one that is too old. */
export async function presentReport(): Promise<Report | null> {
  try {
    const found = await call("iam", "GetCredentialReport");
    const bytes = Uint8Array.from(atob(found.Content), (character) => character.charCodeAt(0));
    return { text: new TextDecoder().decode(bytes), made: found.GeneratedTime };
  } catch (error) {
    if (error instanceof ApiError && ABSENT.includes(error.code)) {
      return null;
    }
    throw error;
  }
}

/** Returns the rows, each by the names of its columns. */
export function entriesOf(text: string): Json[] {
  const [names, ...rows] = parseCsv(text);
  return rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at] ?? ""])));
}
