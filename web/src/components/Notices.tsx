import Flashbar, { type FlashbarProps } from "@cloudscape-design/components/flashbar";
import { useSyncExternalStore } from "react";

// What has been done, said at the top of whatever screen comes next.

let notices: FlashbarProps.MessageDefinition[] = [];
const listeners = new Set<() => void>();
let count = 0;

function set(next: FlashbarProps.MessageDefinition[]): void {
  notices = next;
  listeners.forEach((listener) => listener());
}

export function notify(text: string, type: FlashbarProps.Type = "success"): void {
  const id = String((count += 1));
  const dismiss = (): void => set(notices.filter((each) => each.id !== id));
  set([...notices.slice(-2), { id, type, content: text, dismissible: true, dismissLabel: "Dismiss", onDismiss: dismiss }]);
}

export function Notices() {
  const items = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => notices,
  );
  return <Flashbar items={items} />;
}
