// How the search page orders what it found: Sphinx gives every page with a word of the query in a
// heading the same points, and sorts them by the alphabet. Part of language_data.js, which comes
// behind searchtools.js. Kept for the query: the words as the book spells them.
let asked = "";

const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();
const stem = (word) => new Stemmer().stemWord(word);
const stems = (text) => plain(text).split(" ").filter((w) => w && !stopwords.includes(w)).map(stem);

// What the field says and the book says otherwise. American spelling is turned into British.
const SYNONYMS = [
  [/\bhyper-?parameter tuning\b/g, "tuning"],
  [/\bloss weighting\b/g, "weights of the losses"],
  [/\bstep sizes?\b/g, "learning rate"],
  [/\bmtl\b/g, "multi-task learning"],
  [/\bmultitask\b/g, "multi-task"],
  [/\b(\w{3,}[^aeiou\W])iz(e|es|ed|er|ers|ing|ation|ations)\b/g, "$1is$2"],
  [/\bbehavior\b/g, "behaviour"],
];

const parse = Search._parseQuery;
Search._parseQuery = (query) => {
  asked = SYNONYMS.reduce((text, [from, to]) => text.replace(from, to), query.toLowerCase());
  return parse(asked);
};

// What a reader may look for by a word that the page has not: it counts as one of its headings.
const ALSO = {
  "notebooks/01_inductive_bias": "generalisation hyperparameter overfitting capacity",
  "notebooks/02_why_it_works": "generalisation overfitting regularisation ablation",
  "notebooks/03_hard_sharing": "early stopping per task",
  "notebooks/06_balancing": "learning rate gradient conflict interference",
  "notebooks/07_reading_comprehension": "unanswerable question answering span extraction f1 score",
  "notebooks/08_mrc_multitask": "domain adaptation out-of-domain",
  "notebooks/10_pretraining": "masked language model fine-tuning transfer learning encoder",
  "notebooks/11_auxiliary_tasks": "task selection affinity",
  "notebooks/13_noise": "label noise noisy labels generalisation",
  "book/how_to_read": "confidence interval significance hyperparameter p-value",
};

const setIndex = Search.setIndex;
Search.setIndex = (index) => {
  // Sphinx keeps titles of pages with their tags, and those of headings without.
  index.titles = index.titles.map((title) => title.replace(/<[^>]+>/g, ""));
  for (const [page, words] of Object.entries(ALSO)) {
    const place = index.docnames.indexOf(page);
    for (const word of place < 0 ? [] : stems(words))
      index.titleterms[word] = [...new Set([index.titleterms[word] ?? [], place].flat())];
  }
  setIndex(index);
};

var Scorer = {
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,

  score: ([page, title, anchor, , score]) => {
    const query = plain(asked);
    const words = stems(asked);
    const place = Search._index.docnames.indexOf(page);
    const inTitle = stems(title);
    const headings = Object.entries(Search._index.alltitles)
      .filter(([, found]) => found.some(([file]) => file === place))
      .map(([heading]) => heading);
    const inHeadings = new Set([...headings, ALSO[page] ?? ""].flatMap(stems));
    let points = score;
    if (plain(title).includes(query)) points += 40;
    if (headings.some((heading) => plain(heading).includes(query))) points += 20;
    points += 12 * words.filter((word) => inTitle.includes(word)).length;
    points += 6 * words.filter((word) => inHeadings.has(word)).length;
    if (page.startsWith("notebooks/")) points += 25;
    if (/data|references|teach|runs|package|paper_against/.test(page)) points -= 15;
    if (page === "book/glossary" && !anchor) points -= 30;
    return points;
  },
};
