// How values are written.

/** Writes a time that is told in seconds, or as ISO 8601 has it. */
export function time(at: number | string | undefined | null): string {
  const milliseconds = typeof at === "string" ? Date.parse(at) : (at ?? 0) * 1000;
  if (!milliseconds) {
    return "-";
  }
  return new Date(milliseconds).toISOString().replace("T", " ").slice(0, 19) + " UTC";
}

export function age(seconds: number | undefined | null): string {
  if (!seconds) {
    return "-";
  }
  const days = Math.floor((Date.now() / 1000 - seconds) / 86400);
  return days <= 0 ? "Today" : days === 1 ? "1 day" : `${days} days`;
}

/** Policy documents come percent-encoded, as the API has them. */
export function documentOf(text: string): string {
  let plain = text;
  try {
    plain = decodeURIComponent(text);
  } catch {
    // It was none.
  }
  try {
    return JSON.stringify(JSON.parse(plain), null, 2);
  } catch {
    return plain;
  }
}

export function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf("/") + 1);
}

/** Returns the lines, from 1, of each statement of a document that `documentOf` has written. */
export function statementLines(text: string): { from: number; to: number }[] {
  const lines = text.split("\n");
  // No text of JSON holds a line break, so that the indentation tells.
  const start = lines.findIndex((line) => /^ {2}"Statement": [[{]/.test(line));
  if (start < 0) {
    return [];
  }
  const alone = lines[start].endsWith("{");
  const [opens, closes] = alone ? [lines[start], /^ {2}\}/] : ["    {", /^ {4}\}/];
  const found: { from: number; to: number }[] = [];
  for (let from = alone ? start : start + 1; from < lines.length && lines[from] === opens; ) {
    const to = lines.findIndex((line, at) => at > from && closes.test(line));
    if (to < 0) {
      break;
    }
    found.push({ from: from + 1, to: to + 1 });
    from = to + 1;
  }
  return found;
}
