"""From a caption to token ids as the engine makes them of a prompt: cleaned twice, then SentencePiece."""

import re
from pathlib import Path
from typing import Sequence, Union

import numpy as np

CAPTION_TOKENS = 48  # of the model's 64; captions of this world are shorter
_END = 1
_QUOTES = str.maketrans({**{c: '"' for c in "`´«»“”¨"}, **{c: "'" for c in "‘’"}})
_SYMBOLS = re.compile(r"[#®•©™&@·º½¾¿¡§~)(\]\[}{|\\/*]+")
_MARK_BEFORE_WORD = re.compile(r"(\D)([,./])\b")
_SPACES = re.compile(r"\s+")


def clean_caption(caption: str) -> str:
    """The steps of Open-Sora's cleaner that change ordinary text; two passes, as there."""
    for _ in range(2):
        caption = caption.strip().lower().translate(_QUOTES)
        caption = _SYMBOLS.sub(" ", caption)
        caption = _MARK_BEFORE_WORD.sub(r"\1\2 ", caption)
        caption = _SPACES.sub(" ", caption).strip()
    return caption


class CaptionTokeniser:
    def __init__(self, model_folder: Union[str, Path]) -> None:
        import sentencepiece

        self.pieces = sentencepiece.SentencePieceProcessor()
        self.pieces.Load(str(Path(model_folder) / "tokenizer" / "spiece.model"))

    def __call__(self, captions: Sequence[str]) -> np.ndarray:
        """-> (captions, CAPTION_TOKENS) int16, ended by 1, filled with 0."""
        ids = np.zeros((len(captions), CAPTION_TOKENS), np.int16)
        for row, caption in zip(ids, captions):
            found = self.pieces.EncodeAsIds(clean_caption(caption))[: CAPTION_TOKENS - 1] + [_END]
            row[: len(found)] = found
        return ids
