# Thinking about Multi-Task Learning: build it, test it, run it. `make help` lists the targets.

VENV := .venv
PY := $(VENV)/bin/python
PAGE := _build/html/index.html

# Stamps: files whose date says when a step last succeeded.
CAN_RENDER := $(VENV)/.can-render
CAN_TEST := $(VENV)/.can-test
BUILT := _build/.built

BOOK := thinking-about-multi-task-learning
PDF := _build/paper/$(BOOK).pdf
EPUB := _build/epub/$(BOOK).epub

SOURCES := index.md _config.yml _toc.yml $(wildcard book/*.md book/*.bib book/_static/* \
	book/_ext/*/*.py book/_ext/*/*.js notebooks/*.ipynb mtlbook/results/*.json)
# Other versions to test with: see book/_tools/constraints.py.
CONSTRAINTS ?= requirements.txt
# --use-pep517: seqeval comes as source, which an old pip cannot build with a new setuptools.
PIP := $(PY) -m pip install -qq --disable-pip-version-check --use-pep517 -c $(CONSTRAINTS)

# One thread per process: results are bit-identical at one thread count only, and two
# processes share the cores.
ONE_THREAD := OMP_NUM_THREADS=1 MKL_NUM_THREADS=1
PYTEST := $(ONE_THREAD) $(PY) -m pytest -n 2 --dist loadfile
STRICT := --no-loadscope-reorder --nbval --nbval-current-env \
	--nbval-sanitize-with tests/nbval_sanitize.cfg

.DEFAULT_GOAL := help
.PHONY: help book pdf epub slides test plain check static live again colab fork links clean

help: ## List the targets
	@echo "Thinking about Multi-Task Learning"
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-6s %s\n", $$1, $$2}' Makefile

book: $(BUILT) ## Build the pages from the committed outputs; says which file to open
	@echo "The book is up to date. Open $(abspath $(PAGE))"

pdf: $(PDF) ## Print the book as a PDF (needs Chromium)
	@echo "The PDF is up to date. Open $(abspath $(PDF))"

epub: $(EPUB) ## Build the book as an EPUB and validate it (needs epubcheck)
	@echo "The EPUB is up to date. Open $(abspath $(EPUB))"

slides: $(CAN_RENDER) ## Make slides of the chapters in _build/slides; CHAPTER=05 picks one
	$(PY) book/_tools/slides.py $(CHAPTER) --to _build/slides

test: $(CAN_TEST) check ## Run everything: checks, unit tests, each notebook under strict nbval
	$(PYTEST) $(STRICT) notebooks tests/test_nbval.py tests/test_browser.py tests

# As torch would run on an old or a foreign machine: the printed figures must not depend on it.
# oneDNN, whose LSTM torch calls, does not heed torch's variable and has one of its own.
plain: $(CAN_TEST) ## Run the notebooks as on a processor without AVX; CHAPTER=01 picks one
	ATEN_CPU_CAPABILITY=default ONEDNN_MAX_CPU_ISA=SSE41 $(PYTEST) $(STRICT) notebooks/$(CHAPTER)*.ipynb

# The pages take one core as long as the types take another.
check: $(CAN_TEST) ## Check style, types, spelling and the links inside the book
	@$(MAKE) --no-print-directory -j 2 $(BUILT) static
	$(PY) -m pytest -q tests/test_links.py

static: $(CAN_TEST)
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) book/_tools/spelling.py

live: $(CAN_TEST) ## Run the chapters and write their outputs; CHAPTER=01 picks one
	$(ONE_THREAD) $(PY) book/_tools/live.py $(CHAPTER)

again: $(CAN_TEST) ## Run each cell twice, then in a mixed order; CHAPTER=01 picks one
	$(ONE_THREAD) $(PY) book/_tools/again.py $(CHAPTER)

colab: $(CAN_TEST) ## Rehearse the chapters with Colab's Python and versions; CHAPTER=01 picks one
	$(ONE_THREAD) $(PY) book/_tools/colab.py $(CHAPTER)

fork: ## Lead every link to your own copy: ADDRESS=https://github.com/you/your-book
	@python3 book/_tools/fork.py $(ADDRESS)

links: $(CAN_RENDER) ## Ask every link that leaves the book (needs the internet)
	rm -rf _build/links
	$(VENV)/bin/jupyter-book build . --builder linkcheck --path-output _build/links --quiet --keep-going

clean: ## Remove what was built and the caches, not the environment
	rm -rf _build build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +

# An incremental build hides warnings of pages it does not read again, so each build is a clean one.
# The stamp has the date of the start: what was edited during the build is newer.
$(BUILT): $(CAN_RENDER) $(SOURCES)
	rm -rf _build/html _build/.doctrees $(BUILT)
	@mkdir -p _build && touch _build/.started
	$(VENV)/bin/jupyter-book build . --quiet -W --keep-going -n
	@mv _build/.started $@

$(PDF): $(BUILT) book/_tools/pdf.py
	CHROMIUM=$(CHROMIUM) $(PY) book/_tools/pdf.py $@

$(EPUB): $(CAN_RENDER) $(SOURCES) CITATION.cff book/_tools/epub.py
	$(PY) book/_tools/epub.py $@

$(CAN_RENDER): $(PY) $(CONSTRAINTS)
	@echo "Installing what renders the book ..."
	$(PIP) jupyter-book latex2mathml beautifulsoup4 pikepdf
	@touch $@

$(CAN_TEST): $(CAN_RENDER) pyproject.toml
	@echo "Installing what runs and tests the book: PyTorch and some sixty packages, 2 GB on disk"
	@echo "without CUDA. This takes two to five minutes, and pip says nothing meanwhile ..."
	$(PIP) -e ".[cluster,marco,test]"
	@touch $@

# A half-made environment is removed: the next make would take it for a whole one.
$(PY):
	@for python in python3 python3.13 python3.12 python3.11; do \
		if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			echo "Creating $(VENV) with $$($$python --version) ..."; \
			$$python -m venv $(VENV) && exit 0; \
			rm -rf $(VENV); exit 1; \
		fi; \
	done; \
	echo "No Python 3.11 or newer found: install one, or create $(VENV) with it yourself." >&2; exit 1
