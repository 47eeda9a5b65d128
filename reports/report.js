// Filters, folds and the clipboard. The page can be read without.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("tc-js");
  const filters = document.querySelector(".tc-filters");
  const rows = [...document.querySelectorAll(".tc-matrix tbody tr")];

  function filter() {
    const wanted = Object.fromEntries(new FormData(filters));
    const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const text = row.textContent.toLowerCase();
      const fits = ["level", "verdict", "operation"].every((name) => !wanted[name] || row.dataset[name] === wanted[name]);
      row.hidden = !(fits && words.every((word) => text.includes(word)));
      count += !row.hidden;
    }
    for (const group of document.querySelectorAll(".tc-group")) {
      group.hidden = !group.querySelector("tbody tr:not([hidden])");
    }
    document.querySelector(".tc-nothing").hidden = count > 0;
    filters.elements[filters.length - 1].value = `${count} of ${rows.length}`;
  }

  function open() {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    if (target.closest("[hidden]")) {
      filters.reset();
      filter();
    }
    for (let outer = target; outer; outer = outer.parentElement) {
      if (outer.tagName === "DETAILS") outer.open = true;
    }
    if (target.matches("tr, .tc-cause")) {
      const inner = target.querySelector("details");
      if (inner) inner.open = true;
    }
    target.scrollIntoView();
  }

  async function copy(button) {
    const source = button.parentElement.querySelector("pre");
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      // Not every page may use the clipboard; what is selected can be copied everywhere.
      getSelection().selectAllChildren(source);
      if (!document.execCommand("copy")) return;
    }
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = "Copy"; }, 2000);
  }

  // pytest-html's table listens to the mouse alone.
  function adopt() {
    const cases = document.getElementById("cases");
    const table = document.getElementById("results-table");
    if (!table) return;
    cases.append(document.querySelector(".controls"), table);
    cases.hidden = false;
    for (const box of cases.querySelectorAll("input[data-test-result]")) {
      box.setAttribute("aria-label", `show ${box.dataset.testResult}`);
    }
    for (const header of table.querySelectorAll("th")) {
      header.scope = "col";
      header.tabIndex = 0;
    }
  }

  filters.addEventListener("input", filter);
  filters.addEventListener("submit", (event) => event.preventDefault());
  addEventListener("hashchange", open);
  document.addEventListener("click", (event) => {
    if (event.target.matches(".tc-copy")) copy(event.target);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target.matches("#results-table th")) event.target.click();
  });
  addEventListener("DOMContentLoaded", () => {
    root.lang = "en";
    document.title = document.querySelector(".tc-verdict h1").innerText.trim() + ": " + document.querySelector(".tc-target code").innerText.trim();
    adopt();
    open();
  });
  filter();
})();
