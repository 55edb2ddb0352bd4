// Lists of the console's own pages, which the server filters and tells page by page.

import { useCallback, useEffect, useRef, useState } from "react";

import type { Json } from "./api";

export interface Pages {
  /** What each page has held, as far as they were asked for. */
  pages: Json[][];
  complete: boolean;
  loading: boolean;
  error: unknown;
  more: () => void;
  reload: () => void;
}

/** What an answer holds, and with what the next page is asked for. */
export interface Answer {
  items: Json[];
  next: string | null;
}

/** How often a page is asked for that has found too little, since the server looks at so many records and no more. */
const ROUNDS = 4;

/** Asks for the first page, and for the others when they are wanted; begins again when `key` changes. */
export function usePages(ask: (after: string | null, limit: number) => Promise<Answer>, key: string, limit: number): Pages {
  const [state, setState] = useState<{ pages: Json[][]; next: string | null; loading: boolean; error: unknown }>({ pages: [], next: null, loading: true, error: undefined });
  const [round, setRound] = useState(0);
  const generation = useRef(0);
  const busy = useRef(false);
  const fetchPage = useCallback(
    async (after: string | null, before: Json[][], of: number) => {
      busy.current = true;
      setState((was) => ({ ...was, pages: before, loading: true, error: undefined }));
      try {
        const found: Json[] = [];
        let next = after;
        for (let asked = 0; asked < ROUNDS && found.length < limit && (asked === 0 || next !== null); asked += 1) {
          const answer = await ask(next, limit - found.length);
          found.push(...answer.items);
          next = answer.next;
          if (of !== generation.current) {
            return;
          }
        }
        setState({ pages: found.length || before.length === 0 ? [...before, found] : before, next, loading: false, error: undefined });
      } catch (error) {
        if (of === generation.current) {
          setState((was) => ({ ...was, next: null, loading: false, error }));
        }
      } finally {
        if (of === generation.current) {
          busy.current = false;
        }
      }
    },
    // What is asked for is told by the key.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [key, limit],
  );
  useEffect(() => {
    generation.current += 1;
    void fetchPage(null, [], generation.current);
  }, [fetchPage, round]);
  const more = (): void => {
    if (!busy.current && state.next !== null) {
      void fetchPage(state.next, state.pages, generation.current);
    }
  };
  return { pages: state.pages, complete: state.next === null && !state.loading, loading: state.loading, error: state.error, more, reload: () => setRound((number) => number + 1) };
}
