"""Languages of the pages: Chinese is the source, English beside it."""

LOCALES = {"zh": "zh_Hans_CN", "en": "en"}
