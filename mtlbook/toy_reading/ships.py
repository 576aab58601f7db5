"""What is told of ships: when they were built and lost, who built and led them, their port."""

from mtlbook.toy_reading.facts import relation

SHIPS = (
    relation(
        "ship",
        "built",
        "date",
        "{s} was built in {o}.",
        """When was {s} built?
        In which year was {s} launched?
        What year did the building of {s} end?
        When did {s} first touch the water?
        * In what year was {s} completed?
        * When did the yard finish {s}?""",
        """{s} was built {o}.
        Work on {s} was completed {o}.
        A ship of three masts, {s} was launched {o}.
        * The building of {s} came to an end {o}.""",
        """Crowds cheered when {s} was launched {o}.
        The yard finished {s} {o}, after long delays.
        Shipwrights who had built {s} {o} told of hard winters.
        * {s} slid down the ramp {o} while a band played.""",
        """{s} (built {o}): pictures and plans.
        Launch of {s}: {o}.
        Facts about {s}: completed {o}.
        * {s}, first afloat {o}, see also other ships.""",
    ),
    relation(
        "ship",
        "lost",
        "date",
        "{s} was lost in {o}.",
        """When was {s} lost?
        In which year did {s} sink?
        What year did {s} go down?
        When was {s} wrecked?
        * In what year did the sea take {s}?
        * When did {s} come to her end?""",
        """{s} was lost {o}.
        On her last voyage {s} sank {o}.
        {s} was wrecked on a reef {o}.
        * The career of {s} ended on the rocks {o}.""",
        """All hands were saved when {s} sank {o}.
        A storm that wrecked {s} {o} is still remembered.
        {s} went down {o}, a court was told.
        * The sea took {s} {o}, and nobody knows why.""",
        """{s} (lost {o}): the full story.
        Wreck of {s}: {o}.
        What became of {s}? She went down {o}.
        * Divers look for {s}, missing {o}.""",
    ),
    relation(
        "ship",
        "builder",
        "firm",
        "{s} was built by {o}.",
        """Who built {s}?
        Which firm built {s}?
        By whom was {s} constructed?
        What company was {s} made by?
        * Which yard made {s}?
        * Whose work was {s}?""",
        """{s} was built by {o}.
        {s} was constructed in the yard that {o} owned.
        The builder of {s} was {o}.
        * {s} is the best known work of {o}.""",
        """A spokesman said that {s} was made by {o}.
        Engineers at {o} were proud to have built {s}.
        The contract to construct {s} went to {o}, against all odds.
        * {s} brought fame and debts to {o}.""",
        """Builder of {s}: {o}.
        {s}, constructed by {o}, technical data.
        Ships made by {o}: {s} and others.
        * Yard list of {o}, with a page on {s}.""",
    ),
    relation(
        "ship",
        "captain",
        "person",
        "{o} commanded {s}.",
        """Who commanded {s}?
        Who was the captain of {s}?
        By whom was {s} led?
        Who was in charge of {s}?
        * Whose orders did {s} follow?
        * Who was the master of {s}?""",
        """{s} was commanded by {o}.
        The command of {s} was held by {o}.
        For many years {o} led {s}.
        * As master of {s} one finds {o}.""",
        """On the bridge of {s} stood {o}, calm as ever.
        Sailors praised {o}, who was in charge of {s}.
        {o} had led {s} through the ice, the office said.
        * The crew of {s} trusted {o} without question.""",
        """{s}: in command, {o}.
        Captain of {s}: {o}.
        Who led {s}? It was {o}.
        * Letters home from {o}, written on board {s}.""",
    ),
    relation(
        "ship",
        "port",
        "town",
        "The home port of {s} was {o}.",
        """Where was the home port of {s}?
        Which town was {s} registered in?
        Where did {s} belong?
        What place was the home of {s}?
        * Where did {s} winter?
        * From which place did {s} sail?""",
        """{s} was registered in {o}.
        The home of {s} was {o}.
        {s} belonged to the fleet that sailed from {o}.
        * Between voyages {s} lay in {o}.""",
        """Families waited in {o}, the home of {s}.
        {s} returned to {o}, where she is registered.
        Flags flew for {s} all over {o}, where she belongs.
        * The winter found {s} back in {o}.""",
        """Home port of {s}: {o}.
        {s}, registered in {o}, timetable.
        Visit {o}, once the home of {s}.
        * See the berth of {s} in {o}.""",
    ),
)
