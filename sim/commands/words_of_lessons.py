"""What the verbs of the classroom say, in French and English."""

from __future__ import annotations

WORDS_OF_LESSONS = {
    "teach_wait": {"en": "One moment: the world is being prepared.", "fr": "Un instant : le monde se prépare."},
    "teach_stop": {
        "en": "The page at this address is seen on this machine alone. Stop it with Quit on the page, or Ctrl-C here.",
        "fr": "La page à cette adresse n'est visible que sur cette machine. Pour l'arrêter : Quitter sur la page, ou "
        "Ctrl-C ici.",
    },
    "teach_port": {
        "en": "no page at port {port} ({error}): give another --port, or none",
        "fr": "pas de page au port {port} ({error}) : donnez un autre --port, ou aucun",
    },
}
