"use strict";

// The address says what is shown: nothing for the reader who chooses, #book/7 for a book's page, #reader/3 for a known reader.
const liked = new Map();
const $ = id => document.getElementById(id);
const waiting = {};

/** Asks the server; a newer question of the same kind takes the place of an older one, whose answer never shows. */
async function ask(kind, path, body) {
  waiting[kind]?.abort();
  const controller = waiting[kind] = new AbortController();
  const options = body === undefined ? {} : { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await fetch(path, { ...options, signal: controller.signal });
  const json = await answer.json();
  if (!answer.ok)
    throw new Error(json.detail ?? json.title);
  return json;
}

/** Runs a question and shows why it failed; one that a newer took the place of is no failure. */
async function show(question) {
  try {
    await question();
  } catch (error) {
    if (error.name === "AbortError")
      return;
    showAnswer("Nothing to show", `That did not work: ${error.message}`, []);
  }
}

function element(name, properties, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

/** A line for a book: a link to its page, a button to like or unlike it, and its authors. */
function line(book, ...more) {
  const button = element("button", { type: "button", textContent: liked.has(book.id) ? "Remove" : "I liked it", onclick: () => toggle(book) });
  button.setAttribute("aria-label", `${button.textContent}: ${book.title}`);
  return element("li", {}, element("a", { href: `#book/${book.id}`, textContent: book.title }), button, element("span", { className: "authors", textContent: book.authors }), ...more);
}

function recommended({ book, reasons, attributes }) {
  // What is recommended because it is much read says so once, above the list.
  const more = reasons.length ? [element("span", { className: "reasons", textContent: `because of ${reasons.map(reason => reason.book.title).join(" · ")}` })] : [];
  if (attributes.length)
    more.push(element("span", { className: "attributes", textContent: `for its ${attributes.map(reason => reason.name).join(" · ")}` }));
  return line(book, ...more);
}

function toggle(book) {
  if (!liked.delete(book.id))
    liked.set(book.id, book);
  $("liked").replaceChildren(...[...liked.values()].map(one => line(one)));
  // What it does to the recommendations shows at once: the search is done.
  $("search").value = "";
  search();
  if (location.hash)
    location.hash = "";
  else
    showPage();
}

function search() {
  const text = $("search").value.trim();
  // Without a word there is nothing to find: what is much read stands among the recommendations.
  document.querySelector("main").classList.toggle("searching", text !== "");
  $("results").hidden = text === "";
  if (text === "") {
    waiting.search?.abort();
    $("found").replaceChildren();
    return;
  }
  show(async () => {
    const books = (await ask("search", `api/books?count=8&q=${encodeURIComponent(text)}`)).filter(book => !liked.has(book.id));
    $("found").replaceChildren(...(books.length ? books.map(book => line(book)) : [element("li", { textContent: "No other book has these words in its title or among its authors." })]));
  });
}

function showAnswer(title, note, lines, history, subject) {
  $("back").hidden = location.hash.length < 2;
  $("answer-title").textContent = title;
  $("note").textContent = note;
  $("subject").replaceChildren(...(subject ? [element("ul", {}, line(subject))] : []));
  $("answer").replaceChildren(...lines);
  $("history").hidden = history === undefined;
  $("history").querySelector("summary").textContent = `What this reader chose (${history?.length ?? 0})`;
  $("history").querySelector("ul").replaceChildren(...(history ?? []).map(book => line(book)));
}

function showPage() {
  const [, kind, id] = /^#(book|reader)\/(\d+)$/.exec(location.hash) ?? [];
  show(async () => {
    if (kind === "book") {
      const book = await ask("page", `api/books/${id}`);
      showAnswer(book.title, "Readers of it also chose the books below it.", (await ask("page", `api/books/${id}/similar`)).map(similar => line(similar.book)), undefined, book);
    } else if (kind === "reader") {
      const answer = await ask("page", `api/readers/${id}/recommendations`);
      showAnswer(`Recommended to reader ${id}`, "", answer.books.map(recommended), answer.liked);
    } else {
      const answer = await ask("page", "api/recommendations", { liked: [...liked.keys()] });
      showAnswer("Recommended", answer.source === "popularity" ? "What most readers chose." : `By the ${liked.size === 1 ? "book" : `${liked.size} books`} you liked.`, answer.books.map(recommended));
    }
  });
}

$("search").addEventListener("input", search);
$("reader-form").addEventListener("submit", event => {
  event.preventDefault();
  location.hash = `reader/${$("reader").value}`;
});
window.addEventListener("hashchange", () => {
  $("search").value = "";
  search();
  showPage();
});
search();
showPage();
show(async () => {
  const readers = await ask("readers", "api/readers?count=100");
  $("readers").replaceChildren(...readers.map(id => element("option", { value: id })));
  const model = await ask("model", "api/model");
  $("model").textContent = `Model ${model.version}: ${model.readers.toLocaleString()} readers, ${model.books.toLocaleString()} books.`;
});
