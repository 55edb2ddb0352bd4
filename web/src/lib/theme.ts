// Light and dark: as the system has it, until somebody says otherwise.

import { Mode, applyMode } from "@cloudscape-design/global-styles";

const KEY = "iamd-mode";
const SYSTEM = window.matchMedia("(prefers-color-scheme: dark)");

export function darkNow(): boolean {
  const kept = window.localStorage.getItem(KEY);
  return kept === null ? SYSTEM.matches : kept === "dark";
}

export function setDark(dark: boolean): void {
  window.localStorage.setItem(KEY, dark ? "dark" : "light");
  window.dispatchEvent(new Event("iamd-mode"));
  apply();
}

export function apply(): void {
  applyMode(darkNow() ? Mode.Dark : Mode.Light);
  document.documentElement.style.colorScheme = darkNow() ? "dark" : "light";
}

SYSTEM.addEventListener("change", apply);
