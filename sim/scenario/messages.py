"""Every sentence the scenario reader can say, in English and in French.

One table holds the code, the English and the French of a sentence, so that no sentence can exist in one language
only. A sentence says what is wrong, what was found and how to write it; its place is added when it is rendered.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

LANGUAGES: Final = ("en", "fr")


class Sentence(NamedTuple):
    """One sentence: its code (``E-...`` error, ``N-...`` note, empty for a complement) and its two languages."""

    code: str
    en: str
    fr: str


def language(lang: str | None = None) -> str:
    """Return ``fr`` or ``en``: the argument, else ``QUARTIERS_LANG``, ``LC_ALL``, ``LC_MESSAGES``, ``LANG``."""
    asked = (lang, *(os.environ.get(name) for name in ("QUARTIERS_LANG", "LC_ALL", "LC_MESSAGES", "LANG")))
    first = next((value for value in asked if value), "en")
    return "fr" if first.lower().startswith("fr") else "en"


@dataclass(frozen=True)
class Message:
    """A sentence of the table with its values; it becomes text only when a language is known."""

    key: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return SENTENCES[self.key].code

    def text(self, lang: str | None = None) -> str:
        sentence = SENTENCES[self.key]
        pattern = sentence.fr if language(lang) == "fr" else sentence.en
        return pattern.format(**{name: _spell(value, lang) for name, value in self.values.items()})

    def __str__(self) -> str:
        return self.text()


def _spell(value: Any, lang: str | None) -> str:
    if isinstance(value, Message):
        return value.text(lang)
    if isinstance(value, (list, tuple, set, frozenset)):
        return ", ".join(_spell(item, lang) for item in value)
    return str(value)


SENTENCES: Final[dict[str, Sentence]] = {
    # -- files ---------------------------------------------------------------------------------------------------
    "no_file": Sentence("E-file", "no file {file}", "le fichier {file} n'existe pas"),
    "not_a_file": Sentence("E-file", "{file} is a folder, not a file", "{file} est un dossier, pas un fichier"),
    "unreadable": Sentence("E-file", "{file} cannot be read: {why}", "{file} ne peut pas être lu : {why}"),
    "encoding": Sentence(
        "E-encoding",
        "byte {byte} of the file is not UTF-8; save the file as UTF-8",
        "l'octet {byte} du fichier n'est pas de l'UTF-8 ; enregistrez le fichier en UTF-8",
    ),
    "control": Sentence(
        "E-encoding",
        "invisible control character {character}; delete it",
        "caractère de contrôle invisible {character} ; supprimez-le",
    ),
    "empty_file": Sentence(
        "E-file", "the file is empty; start one with `new`", "le fichier est vide ; commencez-en un avec `new`"
    ),
    "cycle": Sentence(
        "E-cycle",
        "the file extends itself: {chain}",
        "le fichier s'hérite de lui-même : {chain}",
    ),
    "schema_missing": Sentence(
        "E-schema",
        "the file does not say what it is; write `schema: {wanted}` on its first line",
        "le fichier ne dit pas ce qu'il est ; écrivez `schema: {wanted}` en première ligne",
    ),
    "schema_unknown": Sentence(
        "E-schema",
        "schema {got} is not known; this version reads {allowed}",
        "le schéma {got} est inconnu ; cette version lit {allowed}",
    ),
    "schema_other": Sentence(
        "E-schema",
        "this is a {got} file, and a {wanted} file is needed here",
        "c'est un fichier {got}, alors qu'il faut ici un fichier {wanted}",
    ),
    "abstract": Sentence(
        "E-abstract",
        "{file} is abstract: it can be extended, not run",
        "{file} est abstrait : on peut en hériter, pas le simuler",
    ),
    # -- YAML ----------------------------------------------------------------------------------------------------
    "yaml_other": Sentence("E-yaml", "this is not valid YAML: {problem}", "ce n'est pas du YAML valide : {problem}"),
    "yaml_tab": Sentence(
        "E-yaml",
        "a tab cannot indent YAML; use spaces",
        "une tabulation ne peut pas servir de retrait en YAML ; utilisez des espaces",
    ),
    "yaml_start": Sentence(
        "E-yaml",
        "a value cannot start with {character} unless it is quoted",
        "une valeur ne peut pas commencer par {character} sans guillemets",
    ),
    "yaml_colon": Sentence(
        "E-yaml",
        "unexpected ':' here; check the indentation, or quote the value if the ':' belongs to it",
        "« : » inattendu ; vérifiez le retrait, ou mettez la valeur entre guillemets si le « : » en fait partie",
    ),
    "yaml_bracket": Sentence(
        "E-yaml",
        "'{open}' opened at line {line} is not closed; a ',' or a '{close}' is missing",
        "le « {open} » ouvert à la ligne {line} n'est pas fermé ; il manque « , » ou « {close} »",
    ),
    "yaml_quote": Sentence(
        "E-yaml",
        "the quote opened at line {line} is not closed",
        "le guillemet ouvert à la ligne {line} n'est pas fermé",
    ),
    "yaml_indent": Sentence(
        "E-yaml",
        "the line does not continue the block that starts at line {line}; check the indentation",
        "la ligne ne continue pas le bloc commencé à la ligne {line} ; vérifiez le retrait",
    ),
    "yaml_documents": Sentence(
        "E-yaml",
        "one file holds one document; remove the '---' or split the file",
        "un fichier contient un seul document ; retirez le « --- » ou coupez le fichier en deux",
    ),
    "yaml_alias": Sentence(
        "E-yaml",
        "anchors and aliases (&, *, <<) are not used in these files; write the value, or share it with `extends`",
        "les ancres et alias (&, *, <<) ne s'utilisent pas ici ; écrivez la valeur, ou partagez-la avec `extends`",
    ),
    "yaml_tag": Sentence(
        "E-yaml",
        "tags such as {tag} are not used in these files; write the plain value",
        "les étiquettes comme {tag} ne s'utilisent pas ici ; écrivez la valeur seule",
    ),
    "yaml_deep": Sentence(
        "E-yaml",
        "more than {depth} levels of nesting; something is not closed",
        "plus de {depth} niveaux d'imbrication ; quelque chose n'est pas fermé",
    ),
    "key_type": Sentence(
        "E-yaml", "a key must be a plain word", "une clé doit être un mot simple"
    ),
    "duplicate": Sentence(
        "E-duplicate",
        "'{key}' is already set at line {line}; keep one of the two",
        "« {key} » est déjà donné à la ligne {line} ; gardez l'un des deux",
    ),
    "leading_zero": Sentence(
        "E-leading-zero",
        "{text} begins with a zero and is not quoted; write \"{text}\" if it is a code, {number} if it is a number",
        "{text} commence par un zéro sans guillemets ; écrivez \"{text}\" si c'est un code, {number} si c'est un nombre",
    ),
    "boolean_word": Sentence(
        "E-boolean",
        "{text} is ambiguous in YAML; write true or false, or \"{text}\" with quotes if it is a word",
        "{text} est ambigu en YAML ; écrivez true ou false, ou \"{text}\" entre guillemets si c'est un mot",
    ),
    "not_finite": Sentence(
        "E-number", "{text} is not a finite number", "{text} n'est pas un nombre fini"
    ),
    "empty_value": Sentence(
        "E-empty",
        "'{key}' has no value; write one, or null to remove what is inherited",
        "« {key} » n'a pas de valeur ; écrivez-en une, ou null pour retirer ce qui est hérité",
    ),
    # -- inheritance and overrides -------------------------------------------------------------------------------
    "remove_nothing": Sentence(
        "E-remove",
        "null removes an inherited value, and no '{key}' is inherited here",
        "null retire une valeur héritée, et aucun « {key} » n'est hérité ici",
    ),
    "set_form": Sentence(
        "E-set",
        "{text} is not KEY=VALUE, with a dotted key such as world.w_talent=100",
        "{text} n'est pas de la forme CLÉ=VALEUR, avec une clé à points comme world.w_talent=100",
    ),
    "set_forbidden": Sentence(
        "E-set",
        "'{key}' cannot be set from outside the file",
        "« {key} » ne peut pas être changé hors du fichier",
    ),
    "set_inside": Sentence(
        "E-set",
        "'{key}' is a single value; nothing can be set inside it",
        "« {key} » est une valeur simple ; on ne peut rien y changer à l'intérieur",
    ),
    "inherited": Sentence("", "{file} inherits it here", "{file} en hérite ici"),
    "base": Sentence("", "adds to what is written here", "complète ce qui est écrit ici"),
    "written": Sentence("", "{name}: {value}", "{name} : {value}"),
    # -- shape ---------------------------------------------------------------------------------------------------
    "unknown_key": Sentence("E-unknown-key", "unknown key '{key}'", "clé inconnue « {key} »"),
    "missing": Sentence("E-missing", "'{key}' is missing", "« {key} » manque"),
    "missing_all": Sentence(
        "E-missing",
        "{keys} are missing; write `extends: baseline.yaml` to inherit them, or give them here",
        "{keys} manquent ; écrivez `extends: baseline.yaml` pour en hériter, ou donnez-les ici",
    ),
    "want_mapping": Sentence(
        "E-type", "{got} is not a group of `key: value` lines", "{got} n'est pas un groupe de lignes « clé: valeur »"
    ),
    "want_list": Sentence("E-type", "{got} is not a list; write [{got}]", "{got} n'est pas une liste ; écrivez [{got}]"),
    "want_text": Sentence(
        "E-type", "{got} is not text; write it with quotes", "{got} n'est pas un texte ; mettez-le entre guillemets"
    ),
    "want_empty_text": Sentence("E-type", "the text is empty", "le texte est vide"),
    "want_whole": Sentence("E-number", "{got} is not a whole number", "{got} n'est pas un nombre entier"),
    "want_number": Sentence("E-number", "{got} is not a number", "{got} n'est pas un nombre"),
    "want_true": Sentence("E-type", "{got} is not {wanted}", "{got} n'est pas {wanted}"),
    "plain_number": Sentence(
        "E-unit",
        "{got} is a rate, written as a plain number: {example}",
        "{got} est un taux, écrit comme un nombre simple : {example}",
    ),
    "name": Sentence(
        "E-name",
        "'{got}' is not a name: small letters, digits and _, beginning with a letter",
        "« {got} » n'est pas un nom : minuscules, chiffres et _, en commençant par une lettre",
    ),
    "choice": Sentence(
        "E-choice", "'{got}' is not a choice; allowed: {allowed}", "« {got} » n'est pas un choix ; permis : {allowed}"
    ),
    "lever_kind": Sentence(
        "E-choice",
        "'{got}' is not a kind of lever; allowed: {allowed}",
        "« {got} » n'est pas un type de levier ; permis : {allowed}",
    ),
    "prices": Sentence(
        "E-choice",
        "amounts are in constant 2015 euros; {got} prices must be converted first",
        "les montants sont en euros constants de 2015 ; des prix de {got} doivent d'abord être convertis",
    ),
    "below": Sentence("E-range", "{got} is below the lowest value, {low}", "{got} est sous la plus petite valeur, {low}"),
    "not_above": Sentence("E-range", "{got} must be more than {low}", "{got} doit être plus grand que {low}"),
    "above": Sentence(
        "E-range", "{got} is above the highest value, {high}", "{got} dépasse la plus grande valeur, {high}"
    ),
    "negative": Sentence("E-range", "{got} is negative", "{got} est négatif"),
    "too_few": Sentence(
        "E-range", "the list is empty; give at least {low}", "la liste est vide ; donnez-en au moins {low}"
    ),
    "twice": Sentence("E-duplicate", "'{got}' is listed twice", "« {got} » est cité deux fois"),
    # -- units ---------------------------------------------------------------------------------------------------
    "no_unit": Sentence(
        "E-unit", "{got} has no unit; write it as {example}", "{got} n'a pas d'unité ; écrivez-le comme {example}"
    ),
    "unit": Sentence(
        "E-unit",
        "'{unit}' is not a unit of {what}; allowed: {allowed}",
        "« {unit} » n'est pas une unité de {what} ; permis : {allowed}",
    ),
    "quantity": Sentence(
        "E-unit",
        "'{got}' is not {what}; write it as {example}",
        "« {got} » n'est pas {what} ; écrivez-le comme {example}",
    ),
    "comma": Sentence(
        "E-number",
        "'{got}' has a decimal comma; write {fixed}",
        "« {got} » contient une virgule décimale ; écrivez {fixed}",
    ),
    "grouping": Sentence(
        "E-number",
        "'{got}' groups its digits; write {fixed}",
        "« {got} » sépare les milliers ; écrivez {fixed}",
    ),
    "share_high": Sentence("E-range", "{got} is more than {high}", "{got} dépasse {high}"),
    "whole_months": Sentence(
        "E-unit", "{got} is not a whole number of months", "{got} n'est pas un nombre entier de mois"
    ),
    "date": Sentence(
        "E-date", "'{got}' is not a date; write YYYY or YYYY-MM, such as {example}",
        "« {got} » n'est pas une date ; écrivez AAAA ou AAAA-MM, comme {example}",
    ),
    "date_day": Sentence(
        "E-date", "'{got}' has a day; the model counts in months: write {example}",
        "« {got} » comporte un jour ; le modèle compte en mois : écrivez {example}",
    ),
    "date_month": Sentence(
        "E-date", "{got} does not exist: months go from 01 to 12", "{got} n'existe pas : les mois vont de 01 à 12"
    ),
    "date_year": Sentence(
        "E-date", "year {got} is outside {low} to {high}", "l'année {got} est hors de {low} à {high}"
    ),
    "code_number": Sentence(
        "E-code", "code {got} is a number here; write \"{got}\" with quotes",
        "le code {got} est ici un nombre ; écrivez \"{got}\" entre guillemets",
    ),
    "money_name": Sentence("", "an amount of money", "un montant"),
    "share_name": Sentence("", "a share", "une part"),
    "duration_name": Sentence("", "a duration", "une durée"),
    "distance_name": Sentence("", "a distance", "une distance"),
    "money_what": Sentence("", "money", "monnaie"),
    "share_what": Sentence("", "shares", "part"),
    "duration_what": Sentence("", "durations", "durée"),
    "distance_what": Sentence("", "distances", "distance"),
    # -- codes, sets, parameters ---------------------------------------------------------------------------------
    "no_territory": Sentence(
        "E-territory", "no territory '{got}'; known: {allowed}", "pas de territoire « {got} » ; connus : {allowed}"
    ),
    "territory": Sentence("E-territory", "{problem}", "{problem}"),
    "unknown_zone": Sentence(
        "E-code", "no zone has the code '{got}' in territory {territory}",
        "aucune zone n'a le code « {got} » dans le territoire {territory}",
    ),
    "unknown_site": Sentence(
        "E-code", "no site is called '{got}' in territory {territory}",
        "aucun site ne s'appelle « {got} » dans le territoire {territory}",
    ),
    "unknown_set": Sentence(
        "E-set-name", "no set of sites is called '{got}'; known: {allowed}",
        "aucun ensemble de sites ne s'appelle « {got} » ; connus : {allowed}",
    ),
    "no_sites": Sentence(
        "E-where", "territory {territory} lists no sites; use level: zone",
        "le territoire {territory} ne liste aucun site ; utilisez level: zone",
    ),
    "nowhere": Sentence(
        "E-where", "`except` removes every place that `where` names", "`except` retire tous les lieux que `where` nomme"
    ),
    "except_outside": Sentence(
        "E-where", "'{got}' is excepted, but `where` does not name it",
        "« {got} » est excepté, mais `where` ne le nomme pas",
    ),
    "unknown_parameter": Sentence(
        "E-parameter", "no parameter is called '{got}'", "aucun paramètre ne s'appelle « {got} »"
    ),
    "parameter_range": Sentence(
        "E-parameter", "{got} is outside {low} to {high} ({unit})", "{got} est hors de {low} à {high} ({unit})"
    ),
    "parameter_number": Sentence(
        "E-parameter",
        "'{got}' is not a plain number; the unit is fixed: {unit}",
        "« {got} » n'est pas un nombre simple ; l'unité est fixée : {unit}",
    ),
    "unknown_switch": Sentence("E-parameter", "no switch is called '{got}'", "aucun commutateur ne s'appelle « {got} »"),
    "switch_choice": Sentence(
        "E-parameter", "'{got}' is not a choice; allowed: {allowed}", "« {got} » n'est pas un choix ; permis : {allowed}"
    ),
    "grid_memory": Sentence(
        "E-grid",
        "about {cells} quartiers would need {need} of memory, and this machine has {have}; take larger cells",
        "environ {cells} quartiers demanderaient {need} de mémoire, et cette machine en a {have} ;"
        " prenez des cellules plus grandes",
    ),
    # -- meaning -------------------------------------------------------------------------------------------------
    "grid_needs": Sentence(
        "E-grid", "a grid of kind {kind} needs '{key}'", "une grille de type {kind} a besoin de « {key} »"
    ),
    "grid_unused": Sentence(
        "E-grid", "a grid of kind {kind} has no '{key}'", "une grille de type {kind} n'a pas de « {key} »"
    ),
    "grid_halves": Sentence(
        "E-grid",
        "cells are halved from {coarsest} km and never reach {finest} km; write {fixed} km",
        "les cellules sont divisées par deux depuis {coarsest} km sans jamais atteindre {finest} km ;"
        " écrivez {fixed} km",
    ),
    "grid_order": Sentence(
        "E-grid",
        "the finest cell, {finest} km, is larger than the coarsest, {coarsest} km",
        "la plus petite cellule, {finest} km, dépasse la plus grande, {coarsest} km",
    ),
    "time_order": Sentence(
        "E-time", "{first_name} {first} must come before {last_name} {last}",
        "{first_name} {first} doit précéder {last_name} {last}",
    ),
    "window_order": Sentence(
        "E-time", "the window ends in {last}, before it begins in {first}",
        "la fenêtre finit en {last}, avant de commencer en {first}",
    ),
    "paid_after_end": Sentence(
        "E-time", "money is still paid in {last}, after the simulation ends in {end}",
        "de l'argent est encore versé en {last}, après la fin de la simulation en {end}",
    ),
    "paid_before_start": Sentence(
        "E-time", "money is paid from {first}, before policies may start in {start}",
        "de l'argent est versé dès {first}, avant que les politiques puissent commencer en {start}",
    ),
    "when_outside": Sentence(
        "E-time",
        "the lever works from {first} to {last}, outside the budget window {from_} to {to}",
        "le levier agit de {first} à {last}, hors de la fenêtre du budget {from_} à {to}",
    ),
    "never_built": Sentence(
        "E-time",
        "building takes {build} months, and the budget window lasts {window}: no hub would open while money flows",
        "la construction prend {build} mois et la fenêtre du budget en dure {window} :"
        " aucun pôle n'ouvrirait pendant le financement",
    ),
    "profile_years": Sentence(
        "E-budget", "the profile has {got} shares, and the budget window covers {years} years",
        "le profil a {got} parts, et la fenêtre du budget couvre {years} années",
    ),
    "profile_sum": Sentence(
        "E-budget", "the yearly shares add up to {total}, not 100 %", "les parts annuelles font {total}, et non 100 %"
    ),
    "lever_sum": Sentence(
        "E-budget", "lever shares add up to {total}, not 100 %: {parts}",
        "les parts des leviers font {total}, et non 100 % : {parts}",
    ),
    "no_levers": Sentence(
        "E-budget", "{total} is budgeted, and no lever spends it", "{total} est budgété, et aucun levier ne le dépense"
    ),
    "no_hubs": Sentence(
        "E-hubs", "levers spend money through hubs, and 'hubs' is missing",
        "les leviers dépensent à travers des pôles, et « hubs » manque",
    ),
    "where_one": Sentence(
        "E-where", "give exactly one of set, codes and all; here: {given}",
        "donnez exactement l'un de set, codes et all ; ici : {given}",
    ),
    "where_except": Sentence(
        "E-where", "`except` goes with set or all, not with codes", "`except` va avec set ou all, pas avec codes"
    ),
    "where_set_zone": Sentence(
        "E-where", "a set names sites; write level: site, or codes of zones",
        "un ensemble nomme des sites ; écrivez level: site, ou des codes de zones",
    ),
    "members_zone": Sentence(
        "E-where", "`sites: members` needs level: site; a zone has no member communes",
        "`sites: members` demande level: site ; une zone n'a pas de communes membres",
    ),
    "nothing": Sentence("", "none", "aucun"),
    # -- study ---------------------------------------------------------------------------------------------------
    "same_id": Sentence(
        "E-study", "two arms have the id '{got}'; a report could not tell them apart",
        "deux bras ont l'identifiant « {got} » ; un rapport ne pourrait pas les distinguer",
    ),
    "one_world": Sentence(
        "E-world", "{arm} has {what} {got}, and the reference {reference} has {wanted}: nothing else than policy may differ",
        "{arm} a {what} {got}, et la référence {reference} a {wanted} : seule la politique peut différer",
    ),
    "unequal": Sentence(
        "E-unequal",
        "announced budgets are not equal, so the comparison would mislead; make them equal within {tolerance},"
        " or write `otherwise: report_both`",
        "les budgets annoncés ne sont pas égaux, la comparaison tromperait ; rendez-les égaux à {tolerance} près,"
        " ou écrivez `otherwise: report_both`",
    ),
    "reference_spends": Sentence(
        "E-study", "the reference {arm} spends {total}; a reference spends nothing new",
        "la référence {arm} dépense {total} ; une référence ne dépense rien de nouveau",
    ),
    "horizon_before": Sentence(
        "E-time", "horizon {got} is not after the start, {start}", "l'horizon {got} n'est pas après le début, {start}"
    ),
    "horizon_after": Sentence(
        "E-time", "horizon {got} is after the simulation ends in {end}",
        "l'horizon {got} est après la fin de la simulation en {end}",
    ),
    "seeds_number": Sentence(
        "E-range", "{got} seeds cannot give an interval; use at least {low}",
        "{got} graines ne donnent pas d'intervalle ; prenez-en au moins {low}",
    ),
    "horizon_dropped": Sentence(
        "N-horizon", "horizon {got} is dropped: the runs end in {end}",
        "l'horizon {got} est retiré : les simulations finissent en {end}",
    ),
    "paid_after_cut": Sentence(
        "N-time", "the run stops in {end}; {share} of the budget would be paid later",
        "la simulation s'arrête en {end} ; {share} du budget serait versé ensuite",
    ),
    # -- complements ---------------------------------------------------------------------------------------------
    "did_you_mean": Sentence("", "did you mean {suggestion}?", "vouliez-vous dire {suggestion} ?"),
    "allowed_here": Sentence("", "allowed here: {allowed}", "permis ici : {allowed}"),
}
