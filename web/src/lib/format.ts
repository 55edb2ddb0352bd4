// How values are written.

export function time(seconds: number | undefined | null): string {
  if (!seconds) {
    return "-";
  }
  return new Date(seconds * 1000).toISOString().replace("T", " ").slice(0, 19) + " UTC";
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
