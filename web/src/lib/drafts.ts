// What the server says of a policy while it is written.

import { useEffect, useState } from "react";

import { ApiError, type Json, own } from "./api";

export type Kind = "identity" | "boundary" | "session" | "trust" | "resource" | "scp" | "rcp" | "endpoint";
export type Severity = "error" | "security_warning" | "warning" | "suggestion";

export interface Finding {
  rule: string;
  severity: Severity;
  message: string;
  /** Both from 1; the column in characters, of which some take two units of a JavaScript string. */
  line: number;
  column: number;
  link: string;
}

/** The first texts of several. */
export interface Few {
  texts: string[];
  more: number;
}

export interface SummaryRow {
  statement: number;
  line: number;
  sid: string;
  effect: "Allow" | "Deny" | "";
  service: string;
  level: string;
  principals: Few;
  resources: Few;
  conditions: Few;
}

export interface Checked {
  findings: Finding[];
  /** How many there are; not all of very many are told. */
  found: number;
  /** Null where the text cannot be read. */
  summary: SummaryRow[] | null;
}

let before: Promise<unknown> = Promise.resolve();

/** Has a policy looked at, after those that wait: the server looks at one at a time. */
export function check(wanted: () => boolean, content: Json): Promise<Checked | undefined> {
  const mine = before.then(async () => (wanted() ? ((await own("CheckPolicy", content)) as Checked) : undefined));
  before = mine.catch(() => undefined);
  return mine;
}

const PAUSE = 350;
const LATER = 1500;

/** Has a draft checked, once nothing was typed for a moment; undefined before the first answer. */
export function useChecked(text: string, kind: Kind | undefined): { checked: Checked | undefined; error: unknown; current: boolean } {
  const [state, setState] = useState<{ text?: string; checked?: Checked; error?: unknown }>({});
  useEffect(() => {
    let wanted = true;
    let timer = 0;
    const ask = async (): Promise<void> => {
      try {
        const checked = await check(() => wanted, { document: text, ...(kind ? { kind } : {}) });
        if (wanted && checked) {
          setState({ text, checked });
        }
      } catch (error) {
        if (!wanted) {
          return;
        }
        if (error instanceof ApiError && error.code === "Throttling") {
          timer = window.setTimeout(() => void ask(), LATER);
        } else {
          setState((before) => ({ ...before, error }));
        }
      }
    };
    timer = window.setTimeout(() => void ask(), PAUSE);
    return () => {
      wanted = false;
      window.clearTimeout(timer);
    };
  }, [text, kind]);
  return { checked: state.checked, error: state.error, current: state.text === text };
}

/** Returns the unit of a JavaScript string, from 0, at which a finding's column is. */
export function unitOf(line: string, column: number): number {
  return Array.from(line).slice(0, column - 1).join("").length;
}
