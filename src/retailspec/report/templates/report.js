"use strict";
(function () {
  const byId = (id) => document.getElementById(id);
  const fields = ["verdict", "level", "contract"].map((name) => [name, byId("by-" + name)]);
  const text = byId("by-text");
  const rows = Array.from(byId("rules").rows);
  const words = rows.map((row) => row.textContent.toLowerCase());

  function filter() {
    const wanted = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, index) => {
      const fits = fields.every(([name, field]) => !field.value || row.dataset[name] === field.value)
        && wanted.every((word) => words[index].includes(word));
      row.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    byId("shown").textContent = shown === rows.length
      ? rows.length + " rules" : shown + " of " + rows.length + " rules";
  }

  function reveal() {
    const target = byId(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.hidden) {
      fields.forEach(([, field]) => { field.value = ""; });
      text.value = "";
      filter();
    }
    for (let node = target; node; node = node.parentElement) {
      if (node.tagName === "DETAILS") node.open = true;
    }
    target.scrollIntoView();
  }

  function copyButton(block) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "copy";
    button.textContent = "Copy";
    button.addEventListener("click", () => {
      const done = (said) => {
        button.textContent = said;
        setTimeout(() => { button.textContent = "Copy"; }, 2000);
      };
      const select = () => {
        getSelection().selectAllChildren(block);
        done("Selected: copy it now");
      };
      if (!navigator.clipboard) select();
      else navigator.clipboard.writeText(block.textContent).then(() => done("Copied"), select);
    });
    block.after(button);
  }

  fields.forEach(([, field]) => field.addEventListener("change", filter));
  text.addEventListener("input", filter);
  byId("filter").hidden = false;
  document.querySelectorAll("[data-copy]").forEach(copyButton);
  addEventListener("hashchange", reveal);
  addEventListener("beforeprint", () => {
    document.querySelectorAll("details[data-print]").forEach((one) => { one.open = true; });
  });
  filter();
  if (location.hash) reveal();
})();
