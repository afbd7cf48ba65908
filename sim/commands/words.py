"""What the verbs say, in French and English, side by side so that neither language lacks a sentence."""

from __future__ import annotations

from typing import Any

WORDS = {
    "runs": {"en": "runs", "fr": "simulations"},
    "folder": {"en": "Results: {folder}", "fr": "Résultats : {folder}"},
    "study": {
        "en": "Study {study} ({hash}): {planned} runs, {present} there already.",
        "fr": "Étude {study} ({hash}) : {planned} simulations, dont {present} déjà faites.",
    },
    "report": {"en": "Report: {path}", "fr": "Rapport : {path}"},
    "tables": {"en": "Tables: {path}", "fr": "Tableaux : {path}"},
    "some_failed": {
        "en": "{failed} runs failed and {lost} were lost with their worker. Reasons: {logs}. "
        "Try them again with --retry-failed.",
        "fr": "{failed} simulations ont échoué, {lost} ont été perdues avec leur processus. Causes : {logs}. "
        "Pour les refaire : --retry-failed.",
    },
    "stopped": {
        "en": "stopped by {signal}; {kept} of {planned} runs are kept. The same command goes on from there:\n"
        "  {command}",
        "fr": "arrêté par {signal} ; {kept} simulations sur {planned} sont gardées. "
        "La même commande reprend là :\n  {command}",
    },
    "question_one": {"en": "{last}: what does it change?", "fr": "{last} : qu'est-ce que cela change ?"},
    "question_many": {"en": "{first} or {last}?", "fr": "{first} ou {last} ?"},
    "rescaled": {
        "en": "Equal cost: the budget of {arm} is multiplied by {factor}.",
        "fr": "Égalité des coûts : le budget de {arm} est multiplié par {factor}.",
    },
    "stability": {
        "en": "Stability number G = {value} (below 1: places that gain do not go on gaining by themselves).",
        "fr": "Nombre de stabilité G = {value} (sous 1 : un lieu qui gagne ne continue pas de gagner de lui-même).",
    },
    "unstable": {
        "en": "G is not below 1: where startups gather depends on history, and averages mix several outcomes.",
        "fr": "G n'est pas sous 1 : le lieu des regroupements dépend de l'histoire, et les moyennes mêlent plusieurs "
        "issues.",
    },
    "total_startups": {"en": "startups", "fr": "startups"},
    "total_jobs": {"en": "jobs", "fr": "emplois"},
    "total_entries": {"en": "founded", "fr": "créations"},
    "total_closures": {"en": "closed", "fr": "fermetures"},
    "total_raised_eur": {"en": "raised", "fr": "levées"},
    "range_short": {"en": "80 %", "fr": "80 %"},
    "bench_head": {"en": "published effect|published|found|95 % interval|n|verdict",
                   "fr": "effet publié|publié|trouvé|intervalle à 95 %|n|verdict"},
    "bench_pass": {"en": "pass", "fr": "retrouvé"},
    "bench_miss": {"en": "miss", "fr": "manqué"},
    "bench_set": {"en": ", by construction", "fr": ", par construction"},
    "bench_from": {"en": "above {low}", "fr": "plus de {low}"},
    "bench_undefined": {"en": "not defined", "fr": "non défini"},
    "bench_unbounded": {"en": "without bound", "fr": "sans borne"},
    "bench_note": {
        "en": "Found: the true effect, in runs that differ by the policy alone (same seeds, {years}).\n"
        "By construction: a parameter was set on the published value; shown, not scored.\n"
        "A published value without a range is met within a quarter of its effect. Scored: {passed} of {scored} found.",
        "fr": "Trouvé : l'effet vrai, entre simulations que la politique seule distingue (mêmes graines, {years}).\n"
        "Par construction : un paramètre a été fixé sur la valeur publiée ; montré, non compté.\n"
        "Une valeur publiée sans fourchette est retrouvée à un quart de son effet près. "
        "Comptés : {passed} sur {scored} retrouvés.",
    },
    "warning": {"en": "warning: {text}", "fr": "attention : {text}"},
}


def say(key: str, lang: str, **values: Any) -> str:
    """Return a sentence in a language with its values."""
    return WORDS[key][lang].format(**values)
