"""What cannot be done with what is there: every refusal in one place, in French and in English.

Exceptions are raised far from the command line, which alone knows the reader's language: a `Refusal` carries the key of
its sentence and what fills it, and is said at the end.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from sim.errors import nearest

REFUSALS: Final[dict[str, dict[str, str]]] = {
    # --- folders of results
    "no_results": {
        "en": "{folder} holds no results of Quartiers (no {file})",
        "fr": "{folder} ne contient pas de résultats de Quartiers (pas de {file})",
    },
    "is_a_file": {
        "en": "{folder} is a file; give a folder with --out",
        "fr": "{folder} est un fichier ; donnez un dossier avec --out",
    },
    "foreign_files": {
        "en": "{folder} holds files but no results of Quartiers (no {file}); give an empty or new folder with --out",
        "fr": "{folder} contient des fichiers mais pas de résultats de Quartiers (pas de {file}) ; donnez avec --out "
        "un dossier vide ou nouveau",
    },
    "other_study": {
        "en": "{folder} holds another study: {held} ({held_digest}), not {asked} ({asked_digest}). Nothing was "
        "changed; give another folder with --out: beside this one, its runs are taken over.",
        "fr": "{folder} contient une autre étude : {held} ({held_digest}), non {asked} ({asked_digest}). Rien n'a été "
        "changé ; donnez un autre dossier avec --out : à côté de celui-ci, ses simulations sont reprises.",
    },
    "other_sweep": {
        "en": "{folder} holds another sweep: {held} ({held_digest}), not {asked} ({asked_digest}). Nothing was "
        "changed; give another folder with --out.",
        "fr": "{folder} contient un autre plan : {held} ({held_digest}), non {asked} ({asked_digest}). Rien n'a été "
        "changé ; donnez un autre dossier avec --out.",
    },
    "foreign_sweep": {
        "en": "{folder} holds files but no sweep of Quartiers; give an empty or new folder with --out",
        "fr": "{folder} contient des fichiers mais pas de plan de Quartiers ; donnez avec --out un dossier vide ou "
        "nouveau",
    },
    "no_sweep": {
        "en": "{folder} holds no sweep of Quartiers (no {file})",
        "fr": "{folder} ne contient pas de plan de Quartiers (pas de {file})",
    },
    "not_a_sweep": {
        "en": "{folder} holds no sweep (its format is {known!r}, that of a sweep is {format!r})",
        "fr": "{folder} ne contient pas de plan (son format est {known!r}, celui d'un plan est {format!r})",
    },
    "sweep_unreadable": {
        "en": "{path} cannot be read ({problem}); give another folder with --out",
        "fr": "{path} est illisible ({problem}) ; donnez un autre dossier avec --out",
    },
    "other_format": {
        "en": "{path}: results are in format {known!r}, this version reads {format}. Give another folder with --out.",
        "fr": "{path} : les résultats sont au format {known!r}, cette version lit {format}. Donnez un autre dossier "
        "avec --out.",
    },
    "manifest_unread": {
        "en": "{path} cannot be read ({problem}). Put the file back as it was, or rename the folder {folder} and give "
        "the same command again: every run that is whole is taken over from there.",
        "fr": "{path} est illisible ({problem}). Remettez le fichier comme il était, ou renommez le dossier {folder} "
        "et relancez la même commande : toute simulation entière en est reprise.",
    },
    "manifest_kind": {
        "en": "{path} is not a manifest. Put the file back as it was, or rename the folder {folder} and give the same "
        "command again: every run that is whole is taken over from there.",
        "fr": "{path} n'est pas un manifeste. Remettez le fichier comme il était, ou renommez le dossier {folder} et "
        "relancez la même commande : toute simulation entière en est reprise.",
    },
    "manifest_lacks": {
        "en": "{path} is not whole (nothing sound under {lacking}). Put the file back as it was, or rename the folder "
        "{folder} and give the same command again: every run that is whole is taken over from there.",
        "fr": "{path} n'est pas entier (rien de valable sous {lacking}). Remettez le fichier comme il était, ou "
        "renommez le dossier {folder} et relancez la même commande : toute simulation entière en est reprise.",
    },
    "no_hashes": {
        "en": "{path} holds no hashes of this format; run the command that made it again (nothing is simulated "
        "twice): it takes them",
        "fr": "{path} ne contient pas d'empreintes de ce format ; relancez la commande qui l'a fait (rien n'est simulé "
        "deux fois) : elle les prend",
    },
    "damaged": {
        "en": "{path}: damaged or changed since it was written. Give the command again that made these results: it "
        "sets the file aside and makes the run again.",
        "fr": "{path} : abîmé ou changé depuis son écriture. Relancez la commande qui a fait ces résultats : elle met "
        "le fichier de côté et refait la simulation.",
    },
    "changed_file": {
        "en": "{path}: damaged or changed since it was written",
        "fr": "{path} : abîmé ou changé depuis son écriture",
    },
    "unread_back": {
        "en": "{path} cannot be read back: {problem}",
        "fr": "{path} ne peut pas être relu : {problem}",
    },
    "changed_since": {
        "en": "{path}: {name} was changed since it was run (its digest differs)",
        "fr": "{path} : {name} a changé depuis la simulation (son empreinte diffère)",
    },
    "two_states": {
        "en": "run {run} is stored with two final states, {one} and {other}: equal runs must give equal results. Both "
        "rows stay as they are.",
        "fr": "la simulation {run} est conservée avec deux états finaux, {one} et {other} : des simulations égales "
        "doivent donner des résultats égaux. Les deux lignes restent telles quelles.",
    },
    "two_ends": {
        "en": "run {run} ended in {one} in {folder}, and in {other} in {source}: equal runs must give equal results. "
        "Nothing was copied.",
        "fr": "la simulation {run} finit par {one} dans {folder}, et par {other} dans {source} : des simulations "
        "égales doivent donner des résultats égaux. Rien n'a été copié.",
    },
    "another_end": {
        "en": "run {run} ({scenario}, seed {seed}) is stored with final state {one} and now ended in {other}. Equal "
        "runs must give equal results; nothing was overwritten.",
        "fr": "la simulation {run} ({scenario}, graine {seed}) est conservée avec l'état final {one} et finit "
        "maintenant par {other}. Des simulations égales doivent donner des résultats égaux ; rien n'a été écrasé.",
    },
    "other_version": {
        "en": "{folder} was planned by another version of the model ({known}, here {here}); give the sweep command "
        "again: it plans anew, and keeps what is there",
        "fr": "{folder} a été préparé par une autre version du modèle ({known}, ici {here}) ; relancez la commande "
        "sweep : elle prépare de nouveau et garde ce qui est là",
    },
    "no_run": {"en": "{folder} has no run {run}", "fr": "{folder} n'a pas de simulation {run}"},
    # --- comparison
    "no_common_seed": {
        "en": "no seed has finished in every arm of the study",
        "fr": "aucune graine n'est finie dans toutes les branches de l'étude",
    },
    "no_pair": {
        "en": "arm {arm} has no finished run with the seed of a finished run of {reference}",
        "fr": "la branche {arm} n'a aucune simulation finie avec la graine d'une simulation finie de {reference}",
    },
    "two_runs": {
        "en": "scenario {scenario}, seed {seed} has two finished runs: versions are mixed",
        "fr": "scénario {scenario}, graine {seed} : deux simulations finies, des versions sont mêlées",
    },
    "other_years": {
        "en": "scenario {scenario}, seed {seed}: years {first}-{last}, where the other runs have {begin}-{end}",
        "fr": "scénario {scenario}, graine {seed} : années {first}-{last}, là où les autres simulations ont "
        "{begin}-{end}",
    },
    "horizon_outside": {
        "en": "horizon {horizon} lies outside the stored years {begin}-{end}",
        "fr": "l'échéance {horizon} est hors des années conservées, {begin}-{end}",
    },
    "other_grid": {
        "en": "the runs of {arm} stand on another grid: a startup is in cell {cell} of {cells}; run the study again",
        "fr": "les simulations de {arm} sont sur une autre grille : une startup est dans la cellule {cell} sur "
        "{cells} ; relancez l'étude",
    },
    "unequal_cost": {
        "en": "arms do not cost the same ({measure}): they differ by {gap:.1%}, the tolerance is {tolerance:.1%} "
        "({each}); to compare them all the same: --allow-unequal-budget; to scale budgets until they cost the same: "
        "--set equal_cost.otherwise=rescale. With --out, give a new folder beside this one: its runs are taken over",
        "fr": "les branches ne coûtent pas autant ({measure}) : elles diffèrent de {gap:.1%}, la tolérance est de "
        "{tolerance:.1%} ({each}) ; pour les comparer tout de même : --allow-unequal-budget ; pour ajuster les budgets "
        "jusqu'à un coût égal : --set equal_cost.otherwise=rescale. Avec --out, donnez un nouveau dossier à côté de "
        "celui-ci : ses simulations sont reprises",
    },
    "rate_too_high": {
        "en": "{scenario}: the rate of {lever} would have to be {rate:.0%}",
        "fr": "{scenario} : le taux de {lever} devrait être de {rate:.0%}",
    },
    "costs_nothing": {
        "en": "{scenarios}: costs nothing, so that no scale makes it cost as much as {first}",
        "fr": "{scenarios} : ne coûte rien, de sorte qu'aucun facteur ne le fait coûter autant que {first}",
    },
    "still_unequal": {
        "en": "costs still differ after {rounds} rounds: {found}",
        "fr": "les coûts diffèrent encore après {rounds} essais : {found}",
    },
    "no_comparison": {
        "en": "{path}: not found; run `compare` to make the tables of this study",
        "fr": "{path} : introuvable ; lancez `compare` pour faire les tableaux de cette étude",
    },
    "tables_format": {
        "en": "{path}: format {known!r}, this version reads {format!r}; run `compare` again, it remakes the tables",
        "fr": "{path} : format {known!r}, cette version lit {format!r} ; relancez `compare`, qui refait les tableaux",
    },
    "no_table": {
        "en": "{path}: missing; run `compare` again to remake the tables",
        "fr": "{path} : manque ; relancez `compare` pour refaire les tableaux",
    },
    "table_changed": {
        "en": "{path}: changed since it was written (its hash is not that of the manifest)",
        "fr": "{path} : changé depuis son écriture (son empreinte n'est pas celle du manifeste)",
    },
    # --- clusters and workers
    "no_slurm": {
        "en": "SLURM is not on this machine: no command {command}",
        "fr": "SLURM n'est pas sur cette machine : pas de commande {command}",
    },
    "slurm_says": {"en": "{command}: {problem}", "fr": "{command} : {problem}"},
    "slurm_silent": {
        "en": "{command} gives no answer; is the controller of SLURM running?",
        "fr": "{command} ne répond pas ; le contrôleur de SLURM tourne-t-il ?",
    },
    "no_scheduler": {
        "en": "no Dask scheduler at {address}: {problem}",
        "fr": "pas d'ordonnanceur Dask à {address} : {problem}",
    },
    "no_dask_on_slurm": {
        "en": "Dask cannot be started through SLURM: {problem}",
        "fr": "Dask ne peut pas être lancé par SLURM : {problem}",
    },
    "scheduler_gone": {"en": "the Dask scheduler is gone", "fr": "l'ordonnanceur Dask a disparu"},
    "parts_without_result": {
        "en": "{broken} of {parts} parts ended without a result ({status})",
        "fr": "{broken} parties sur {parts} ont fini sans résultat ({status})",
    },
    "no_amount": {
        "en": "--memory {text!r} is no amount of memory; write it as 2G or 500M",
        "fr": "--memory {text!r} n'est pas une quantité de mémoire ; écrivez 2G ou 500M",
    },
    "memory_on_linux": {
        "en": "--memory limits workers on Linux only",
        "fr": "--memory ne limite les travailleurs que sous Linux",
    },
    "no_hubs": {
        "en": "study {study} has no policy with hubs: there is no zone whose effect could be estimated",
        "fr": "l'étude {study} n'a aucune politique avec des pôles : aucun territoire à évaluer",
    },
    "small_amount": {
        "en": "--memory {text} is too small: a worker takes {least}M before its first run",
        "fr": "--memory {text} est trop petit : un travailleur prend {least}M avant sa première simulation",
    },
    "missing_library": {
        "en": '{library} is not installed: pip install "quartiers[{extra}]" ({problem})',
        "fr": "{library} n'est pas installé : pip install \"quartiers[{extra}]\" ({problem})",
    },
    "file_trouble": {
        "en": "{problem}; no run was counted as failed: mend this and give the same command again, it goes on from "
        "there",
        "fr": "{problem} ; aucune simulation n'a été comptée en échec : réparez cela et relancez la même commande, "
        "elle reprend de là",
    },
    "folder_trouble": {
        "en": "results in {folder}: {problem}; no run was counted as failed: mend this and give the same command "
        "again, it goes on from there",
        "fr": "résultats dans {folder} : {problem} ; aucune simulation n'a été comptée en échec : réparez cela et "
        "relancez la même commande, elle reprend de là",
    },
    # --- analysis of sweeps
    "few_blocks": {
        "en": "not enough: {used} whole {what} of {all} are left, {fewest} are needed",
        "fr": "pas assez : il reste {used} {what} sans échec sur {all}, il en faut {fewest}",
    },
    "no_base_point": {
        "en": "not enough: the base point of the design has no finished run",
        "fr": "pas assez : le point de base du plan n'a aucune simulation finie",
    },
    "few_points": {
        "en": "not enough: {points} points with {wins} wins; at least {fewest} points are needed, with {each} wins "
        "and {each} losses",
        "fr": "pas assez : {points} points dont {wins} gagnés ; il faut au moins {fewest} points, dont {each} gagnés "
        "et {each} perdus",
    },
    "no_future": {
        "en": "not enough: no future has finished runs of every policy",
        "fr": "pas assez : aucun futur n'a de simulations finies de chaque politique",
    },
    "no_number": {
        "en": "no number of runs up to {most} gives a half-width of {half:.6g}",
        "fr": "aucun nombre de simulations jusqu'à {most} ne donne une demi-largeur de {half:.6g}",
    },
    "few_seeds": {
        "en": "a pilot needs at least 3 finished seeds, this one has {n}",
        "fr": "un essai demande au moins 3 graines finies, celui-ci en a {n}",
    },
    "one_seed": {
        "en": "a split needs at least 2 seeds in each draw",
        "fr": "un partage demande au moins 2 graines par tirage",
    },
    "few_draws": {
        "en": "a split needs at least 3 draws whose runs all finished, there are {n}",
        "fr": "un partage demande au moins 3 tirages dont toutes les simulations sont finies, il y en a {n}",
    },
    "only_switches": {
        "en": "only switches vary in this sweep: compare their combinations, there is no number to rank",
        "fr": "seules des options varient dans ce plan : comparez leurs combinaisons, il n'y a pas de nombre à classer",
    },
    "no_outcome": {
        "en": "the runs of this sweep have no outcome {name!r}{hint}",
        "fr": "les simulations de ce plan n'ont pas de résultat {name!r}{hint}",
    },
    "no_policy": {
        "en": "this sweep has no policy {name!r}{hint}",
        "fr": "ce balayage n'a pas de politique {name!r}{hint}",
    },
    "only_reference": {
        "en": "this sweep runs its reference alone: no policy can win; name some under `arms:`",
        "fr": "ce balayage ne simule que sa référence : aucune politique ne peut l'emporter ; nommez-en sous `arms:`",
    },
    "list_to_emulator": {
        "en": "an emulator takes numbers between two bounds; {factor} is a list",
        "fr": "un émulateur prend des nombres entre deux bornes ; {factor} est une liste",
    },
    "few_for_emulator": {
        "en": "an emulator needs {fewest} runs, not {runs}",
        "fr": "un émulateur demande {fewest} simulations, non {runs}",
    },
    "wrong_design": {
        "en": "this analysis reads a design of kind {wanted}, not {got}",
        "fr": "cette analyse lit un plan de type {wanted}, non {got}",
    },
    "no_pairs": {
        "en": "interactions of pairs need a Saltelli design made with second_order",
        "fr": "les interactions par paires demandent un plan de Saltelli fait avec second_order",
    },
    # --- the command line itself
    "error": {"en": "error: {text}", "fr": "erreur : {text}"},
    "usage": {
        "en": "usage: {usage}\nfor help: {command} --help\n",
        "fr": "usage : {usage}\naide : {command} --help\n",
    },
    "stopped": {
        "en": "stopped; what was finished is kept. The same command goes on from there.",
        "fr": "arrêté ; ce qui était fini est gardé. La même commande reprend de là.",
    },
    "stopped_by": {
        "en": "stopped by {signal}; what was finished is kept. The same command goes on from there.",
        "fr": "arrêté par {signal} ; ce qui était fini est gardé. La même commande reprend de là.",
    },
    "bug": {
        "en": "this is a bug of Quartiers. Please report it with the text above, the command you typed and the output "
        "of: quartiers version --json",
        "fr": "c'est un défaut de Quartiers. Signalez-le avec le texte ci-dessus, la commande tapée et ce qu'affiche : "
        "quartiers version --json",
    },
    # --- calls of verbs
    "study_alone": {
        "en": "{study} is a study: give it alone, or give scenarios only",
        "fr": "{study} est une étude : donnez-la seule, ou donnez seulement des scénarios",
    },
    "not_detached": {
        "en": "calibrate chooses each wave from the one before: it cannot be detached",
        "fr": "calibrate choisit chaque vague d'après la précédente : il ne peut pas être détaché",
    },
    # --- lessons
    "lesson_broken": {
        "en": "{file} does not show what it promises, nothing was built:\n  {promises}",
        "fr": "{file} ne montre pas ce qu'elle promet, rien n'a été construit :\n  {promises}",
    },
    "lesson_too_large": {
        "en": "{file} would be over {most:g} MB: give fewer notches, seeds or pictures",
        "fr": "{file} dépasserait {most:g} Mo : donnez moins de crans, de graines ou d'images",
    },
    "no_departement": {"en": "no département {code!r}{hint}", "fr": "pas de département {code!r}{hint}"},
    "together": {"en": "{one} and {other} go together", "fr": "{one} et {other} vont ensemble"},
    "no_vector": {
        "en": "{name} has {vectors} vectors, not {vector}",
        "fr": "{name} a {vectors} vecteurs, non {vector}",
    },
    "no_name": {
        "en": "{name!r} is not a name: letters, digits and _, beginning with a letter",
        "fr": "{name!r} n'est pas un nom : des lettres sans accent, des chiffres et _, en commençant par une lettre",
    },
    "not_extended": {
        "en": "--from {base}: it cannot be extended\n{errors}",
        "fr": "--from {base} : il ne peut pas être étendu\n{errors}",
    },
    "exists": {
        "en": "{path} exists already; nothing was changed",
        "fr": "{path} existe déjà ; rien n'a été changé",
    },
    "as_it_was_run": {
        "en": "--study takes the scenario as it was run: without --set, --quick and the like",
        "fr": "--study prend le scénario tel qu'il a été simulé : sans --set, --quick et autres options semblables",
    },
    "no_scenario": {
        "en": "{folder} has no scenario {name!r}{hint}",
        "fr": "{folder} n'a pas de scénario {name!r}{hint}",
    },
    "no_shard": {
        "en": "--shard {text!r} is not I/N with I from 1 to N, for example --shard 3/20",
        "fr": "--shard {text!r} n'est pas I/N avec I de 1 à N, par exemple --shard 3/20",
    },
    "no_entry": {"en": "nothing is called {name!r}{hint}", "fr": "rien ne s'appelle {name!r}{hint}"},
    "no_verb": {"en": "no verb {name!r}{hint}", "fr": "pas de verbe {name!r}{hint}"},
    "no_setting": {
        "en": "{text!r} is not KEY=VALUE, for example --set world.w_talent=50",
        "fr": "{text!r} n'est pas CLÉ=VALEUR, par exemple --set world.w_talent=50",
    },
}  # fmt: skip



class Refusal(ValueError):
    """Something that the user can mend.

    Parameters
    ----------
    key : of the sentence, in `REFUSALS`
    values : what fills it; a `Phrase` is said in the language of the sentence
    """

    def __init__(self, key: str, **values: Any) -> None:
        self.key, self.values = key, values
        super().__init__(self.text("en"))

    def text(self, lang: str) -> str:
        """Say it in ``fr`` or ``en``."""
        return refusal(self.key, lang, **self.values)

    def __reduce__(self) -> tuple[Any, ...]:
        """Cross to another process whole: by key and values, not by the English text."""
        return _again, (type(self), self.key, self.values)


@dataclass(frozen=True)
class Phrase:
    """Words that fill a sentence, in each language."""

    en: str
    fr: str

    def text(self, lang: str) -> str:
        """Say it in ``fr`` or ``en``."""
        return self.fr if lang == "fr" else self.en


def near(name: str, known: Iterable[str], otherwise: Phrase = Phrase("", "")) -> Phrase:
    """Return ``: did you mean 'x'?`` for the nearest of what is known, or what is to be said where nothing is near."""
    found = nearest(name, known)
    if found is not None:
        return Phrase(f": did you mean {found!r}?", f" : vouliez-vous dire {found!r} ?")
    return otherwise


def refusal(key: str, lang: str, **values: Any) -> str:
    """Return a sentence of `REFUSALS` with its values."""
    said = {name: value.text(lang) if isinstance(value, Phrase) else value for name, value in values.items()}
    return REFUSALS[key][lang].format(**said)


def text_of(error: BaseException, lang: str) -> str:
    """Say an exception in a language: a `Refusal`, one with a `phrase`, or one that has no second language."""
    said = error if isinstance(error, Refusal) else getattr(error, "phrase", None)
    return said.text(lang) if isinstance(said, (Refusal, Phrase)) else str(error)


def _again(kind: type[Refusal], key: str, values: dict[str, Any]) -> Refusal:
    error = kind.__new__(kind)
    Refusal.__init__(error, key, **values)
    return error
