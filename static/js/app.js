// On every page: the small elements, the server's messages, and htmx's failures in words.

import "./elements/file-drop.js";
import "./elements/hot-keys.js";
import "./elements/math-text.js";
import "./elements/open-dialog.js";
import "./elements/own-zone.js";
import "./elements/pop-menu.js";
import "./elements/theme-switch.js";
import { adoptFlashes, flash } from "./lib/flash.js";
import { failure } from "./lib/http.js";

adoptFlashes();
document.addEventListener("htmx:load", () => adoptFlashes());
document.addEventListener("htmx:sendError", () => flash(failure(0, "").message, { kind: "error" }));
document.addEventListener("htmx:responseError", (event) => {
  const { status, responseText } = event.detail.xhr;
  flash(failure(status, responseText).message, { kind: "error" });
});
