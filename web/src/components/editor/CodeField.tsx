// The editor itself, a part of its own: it is fetched when somebody writes a policy.

import ace, { type Ace } from "ace-builds";
import "ace-builds/css/ace.css";
import "ace-builds/css/theme/cloud_editor.css";
import "ace-builds/css/theme/cloud_editor_dark.css";
import "ace-builds/src-noconflict/ext-language_tools";
import "ace-builds/src-noconflict/mode-json";
import "ace-builds/src-noconflict/theme-cloud_editor";
import "ace-builds/src-noconflict/theme-cloud_editor_dark";
import { useEffect, useRef } from "react";

import { type Finding, type Severity, unitOf } from "../../lib/drafts";
import { darkNow } from "../../lib/theme";
import { completing } from "./completer";

// No style sheet is written by the script: the content security policy forbids it.
ace.config.set("useStrictCSP", true);

const MARKS: Record<Severity, string> = { error: "error", security_warning: "security", warning: "warning", suggestion: "info" };
const FEWEST_LINES = 12;
const MOST_LINES = 32;

export interface Jump {
  line: number;
  column: number;
}

interface Props {
  value: string;
  change: (text: string) => void;
  label: string;
  findings: Finding[];
  /** Where to go; another object each time. */
  jump: Jump | null;
}

export default function CodeField({ value, change, label, findings, jump }: Props) {
  const place = useRef<HTMLDivElement>(null);
  const made = useRef<Ace.Editor | null>(null);
  const changed = useRef(change);
  changed.current = change;

  useEffect(() => {
    const editor = ace.edit(place.current!, {
      // Before the mode, which would begin one: the server checks, and the content security policy allows none.
      useWorker: false,
      mode: "ace/mode/json",
      value,
      tabSize: 2,
      useSoftTabs: true,
      wrap: true,
      indentedSoftWrap: true,
      fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, monospace",
      fontSize: 13,
      minLines: FEWEST_LINES,
      maxLines: MOST_LINES,
      showPrintMargin: false,
      showFoldWidgets: false,
      useSvgGutterIcons: true,
      enableKeyboardAccessibility: true,
      textInputAriaLabel: label,
      enableBasicAutocompletion: true,
      enableLiveAutocompletion: true,
    });
    editor.completers = [completing(editor)];
    editor.session.on("change", () => changed.current(editor.getValue()));
    const theme = (): void => editor.setTheme(darkNow() ? "ace/theme/cloud_editor_dark" : "ace/theme/cloud_editor");
    theme();
    window.addEventListener("iamd-mode", theme);
    made.current = editor;
    return () => {
      window.removeEventListener("iamd-mode", theme);
      editor.destroy();
      made.current = null;
    };
    // What the editor holds is its own from now on.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [label]);

  useEffect(() => {
    const editor = made.current;
    if (editor && editor.getValue() !== value) {
      editor.session.setValue(value);
    }
  }, [value]);

  useEffect(() => {
    const session = made.current?.session;
    session?.setAnnotations(
      findings.map(({ line, column, message, severity }) => ({
        row: line - 1,
        column: unitOf(session.getLine(line - 1) ?? "", column),
        text: message,
        type: MARKS[severity],
      })),
    );
  }, [findings]);

  useEffect(() => {
    const editor = made.current;
    if (editor && jump) {
      const column = unitOf(editor.session.getLine(jump.line - 1) ?? "", jump.column);
      editor.gotoLine(jump.line, column, false);
      editor.focus();
    }
  }, [jump]);

  return <div ref={place} className="iamd-code" />;
}
