"""The pages of ``docs/`` that are made from the code and the notebooks: ``python3 zorgstroom.py docs`` writes them all again."""
