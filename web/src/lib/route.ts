// Where we are: `#/users/bob/permissions?page=2`.  All of a screen's state that is worth a link is in there.

import { useSyncExternalStore } from "react";

export interface Route {
  parts: string[];
  query: URLSearchParams;
}

/** What `setQuery` says, since a change of the address by a script is no event of the browser. */
const CHANGED = "iamd-address";

function subscribe(listener: () => void): () => void {
  const events = ["hashchange", CHANGED];
  events.forEach((name) => window.addEventListener(name, listener));
  return () => events.forEach((name) => window.removeEventListener(name, listener));
}

export function useRoute(): Route {
  const hash = useSyncExternalStore(subscribe, () => window.location.hash);
  return read(hash);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function read(hash: string): Route {
  const [path, query] = hash.replace(/^#\/?/, "").split("?", 2);
  return { parts: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query ?? "") };
}

export function href(...parts: string[]): string {
  return "#/" + parts.map(encodeURIComponent).join("/");
}

export function go(...parts: string[]): void {
  window.location.hash = href(...parts);
}

/**
 * Changes the query of where we are: as a step in the history, so that one can go back to what was shown before, or in the
 * place of the last one, for what nobody goes back to.
 */
export function setQuery(changes: Record<string, string | null>, how: "step" | "replace" = "replace"): void {
  const { query } = read(window.location.hash);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") {
      query.delete(name);
    } else {
      query.set(name, value);
    }
  }
  const text = query.toString();
  const path = window.location.hash.split("?", 1)[0];
  const address = text ? `${path}?${text}` : path;
  if (address === window.location.hash) {
    return;
  }
  window.history[how === "step" ? "pushState" : "replaceState"](null, "", address);
  window.dispatchEvent(new Event(CHANGED));
}
