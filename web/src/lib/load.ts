// Loading what a screen shows.

import { useCallback, useEffect, useRef, useState } from "react";

import { call, type Json } from "./api";

export interface Loaded<T> {
  value: T | undefined;
  error: unknown;
  loading: boolean;
  reload: () => void;
}

/** Loads again whenever `key` changes, or when told to. */
export function useLoaded<T>(load: () => Promise<T>, key: string): Loaded<T> {
  const [state, setState] = useState<{ value?: T; error?: unknown; loading: boolean }>({ loading: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let current = true;
    setState((before) => ({ ...before, loading: true, error: undefined }));
    load().then(
      (value) => current && setState({ value, loading: false }),
      (error: unknown) => current && setState({ error, loading: false }),
    );
    return () => {
      current = false;
    };
    // What is loaded is told by the key.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key, round]);
  const reload = useCallback(() => setRound((number) => number + 1), []);
  return { value: state.value, error: state.error, loading: state.loading, reload };
}

export interface Paged {
  items: Json[];
  complete: boolean;
  loading: boolean;
  error: unknown;
  more: () => void;
  reload: () => void;
}

const AT_ONCE = 200;

/** Lists by pages of the server: the first at once, the others when they are wanted. */
export function usePaged(service: string, operation: string, list: string, members: Json, key: string): Paged {
  const [state, setState] = useState<Omit<Paged, "more" | "reload"> & { marker?: string }>({
    items: [],
    complete: false,
    loading: true,
    error: undefined,
  });
  const [round, setRound] = useState(0);
  const generation = useRef(0);
  const busy = useRef(false);

  const fetchPage = useCallback(
    async (marker: string | undefined, before: Json[], of: number) => {
      busy.current = true;
      setState((was) => ({ ...was, loading: true, error: undefined }));
      try {
        const page = await call(service, operation, { MaxItems: AT_ONCE, ...members, ...(marker ? { Marker: marker } : {}) });
        if (of === generation.current) {
          setState({
            items: [...before, ...page[list]],
            complete: !page.IsTruncated,
            loading: false,
            error: undefined,
            marker: page.Marker,
          });
        }
      } catch (error) {
        if (of === generation.current) {
          setState((was) => ({ ...was, loading: false, complete: true, error }));
        }
      } finally {
        busy.current = false;
      }
    },
    // What is listed is told by the key.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [key],
  );

  useEffect(() => {
    generation.current += 1;
    void fetchPage(undefined, [], generation.current);
  }, [fetchPage, round]);

  const more = (): void => {
    if (!busy.current && !state.complete) {
      void fetchPage(state.marker, state.items, generation.current);
    }
  };
  return { ...state, more, reload: () => setRound((number) => number + 1) };
}

/** Lists what comes whole, in the form of what comes by pages. */
export function useWhole<T extends object>(load: () => Promise<T[]>, key: string): Paged {
  const { value, error, loading, reload } = useLoaded(load, key);
  return { items: (value ?? []) as Json[], complete: value !== undefined || error !== undefined, loading, error, more: () => undefined, reload };
}
