"use strict";
const find = document.getElementById("find"), found = document.getElementById("found");
const parts = [...document.querySelectorAll("details")].filter(part => part.querySelector("tbody")).map(part => ({
  part, rows: [...part.querySelectorAll("tbody tr")].map(row => ({row, text: row.textContent.toLowerCase()})),
}));
let opened = null;  // which tables were open before the search

function search() {
  const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length && !opened) opened = parts.map(({part}) => part.open);
  let count = 0, all = 0;
  parts.forEach(({part, rows}, number) => {
    let shown = 0;
    for (const {row, text} of rows) {
      row.hidden = !words.every(word => text.includes(word));
      if (!row.hidden) shown += 1;
    }
    count += shown;
    all += rows.length;
    part.hidden = !shown;
    if (words.length) part.open = shown > 0;
    else if (opened) part.open = opened[number];
  });
  if (!words.length) opened = null;
  found.textContent = words.length ? `${count} of ${all} rows` : "";
}

find.addEventListener("input", search);
for (const item of document.querySelectorAll("[data-find]")) {
  item.addEventListener("click", () => {
    find.value = item.dataset.find;
    search();
    find.scrollIntoView({block: "start"});
  });
}
for (const [id, open] of [["open", true], ["close", false]]) {
  document.getElementById(id).addEventListener("click", () => {
    for (const part of document.querySelectorAll("details")) part.open = open;
  });
}
