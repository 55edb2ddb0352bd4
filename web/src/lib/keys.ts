// Keys that do something on every screen.

const SEARCH = "main input[type=search], main input[type=text], main input:not([type])";

/** Has `/` go to the search of a screen, unless somebody is typing. */
export function listenForSearch(): () => void {
  const pressed = (event: KeyboardEvent): void => {
    const at = event.target instanceof HTMLElement ? event.target : null;
    const typing = at?.closest("input, textarea, select, [contenteditable], [role=dialog], .ace_editor") ?? null;
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing !== null) {
      return;
    }
    const fields = [...document.querySelectorAll<HTMLInputElement>(SEARCH)].filter((field) => !field.disabled && field.offsetParent !== null);
    const field = fields.find((each) => each.type === "search" || /^Find /.test(each.getAttribute("aria-label") ?? each.placeholder)) ?? fields[0];
    if (field !== undefined) {
      event.preventDefault();
      field.focus();
    }
  };
  document.addEventListener("keydown", pressed);
  return () => document.removeEventListener("keydown", pressed);
}
