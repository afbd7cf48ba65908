"""Lessons, the live page and the game."""

from breaks.mutant import Mutant

MUTANTS = (
    Mutant(
        "a lesson's ratio upside down",
        "sim/teaching/numbers.py",
        "return (at_b - at_a) / over if over",
        "return over / (at_b - at_a) if over",
        "test_lessons.py::test_the_number_by_hand",
    ),
    Mutant(
        "a lesson's promise that half the seeds keep",
        "sim/teaching/numbers.py",
        "self.holds * self.guarantee.of_seeds >=",
        "self.holds * 2 * self.guarantee.of_seeds >=",
        "test_lessons.py::test_a_share_of_seeds_is_kept_whatever_their_number",
    ),
    Mutant(
        "pictures of a lesson that lose their high bytes",
        "sim/teaching/pack.py",
        "(change >> 8)",
        "(change >> 9)",
        "test_lessons.py::test_pictures_come_back_as_they_were",
    ),
    Mutant(
        "a ring that holds what it surrounds",
        "sim/teaching/observe.py",
        "if z not in set(inside)",
        "if z >= 0",
        "test_lessons.py::test_the_ring_is_around_and_not_inside",
    ),
    Mutant(
        "a startup that is its own neighbour",
        "sim/teaching/indicators.py",
        "(counts * (counts - 1.0)).sum()",
        "(counts * counts).sum()",
        "test_lessons.py::test_neighbours_by_hand",
    ),
    Mutant(
        "the answer in the students' page",
        "sim/teaching/pages.py",
        '"ticket": both(shape.ticket),',
        '"ticket": both(shape.found),',
        "test_lessons.py::test_no_answer_is_in_what_students_get",
    ),
    Mutant(
        "a live page that others on the network can reach",
        "sim/teaching/serve.py",
        'LOOPBACK: Final = "127.0.0.1"',
        'LOOPBACK: Final = "0.0.0.0"',
        "test_live.py::test_it_listens_on_this_machine_alone",
    ),
    Mutant(
        "a live page that answers without its key",
        "sim/teaching/serve.py",
        "in hosts and hmac.compare_digest",
        "in hosts or hmac.compare_digest",
        "test_live.py::test_others_are_refused",
    ),
    Mutant(
        "a live page that never stops by itself",
        "sim/teaching/serve.py",
        "< 60.0 * idle_minutes",
        "< 1e9 * idle_minutes",
        "test_live.py::test_it_stops_when_nobody_asks",
    ),
    Mutant(
        "a live page whose parameters act on nothing",
        "sim/teaching/live.py",
        "        else:\n            self.par = self._parameters()",
        "        else:\n            pass",
        "test_live.py::test_a_parameter_acts_from_the_next_month_and_restart_plays_all_with_it",
    ),
    Mutant(
        "a live page that leaves the bounds of parameters",
        "sim/teaching/live.py",
        "    if not low <= value <= high:",
        "    if not low <= value:",
        "test_live.py::test_what_cannot_be_is_refused_and_changes_nothing",
    ),
    Mutant(
        "a game whose spillover is its selection",
        "sim/teaching/game.py",
        "told.selection, told.interference, case.net",
        "told.selection, told.selection, case.net",
        "test_game.py::test_figures_of_worlds_known_by_hand",
    ),
    Mutant(
        "a verb that checks lessons as if they were scenarios",
        "sim/commands/files.py",
        "        LESSON_SCHEMA: _check_lesson,\n",
        "",
        "test_lessons.py::test_the_verb_that_checks_files_knows_lessons",
    ),
)
