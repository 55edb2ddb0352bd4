import "@cloudscape-design/global-styles/index.css";
import "virtual:theme.css";
import "./style.css";
import "./editor.css";

import { I18nProvider } from "@cloudscape-design/components/i18n";
import messages from "@cloudscape-design/components/i18n/messages/all.en";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { App } from "./App";
import { apply } from "./lib/theme";

apply();
createRoot(document.getElementById("app")!).render(
  <StrictMode>
    <I18nProvider locale="en" messages={[messages]}>
      <App />
    </I18nProvider>
  </StrictMode>,
);
