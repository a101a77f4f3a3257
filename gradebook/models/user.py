from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create a person who signs in by e-mail; without a password they cannot sign in yet."""
        user = self.model(email=self.normalize_email(email).strip(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by their e-mail address in whatever case it was typed."""

    email = models.EmailField("e-mail")
    first_name = models.CharField(max_length=150, blank=True)
    last_name = models.CharField(max_length=150, blank=True)
    is_active = models.BooleanField(default=True)
    # Off: keys act nowhere on this person's pages, on whatever machine (WCAG 2.1.4).
    single_keys = models.BooleanField(default=True)
    joined_at = models.DateTimeField(default=timezone.now)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="one_person_per_email",
                violation_error_message="Someone with this e-mail address is already here.",
            ),
        ]

    def __str__(self) -> str:
        return self.get_full_name() or self.email

    @property
    def is_staff(self) -> bool:
        return self.is_superuser

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def listed(self) -> str:
        """Return the name as lists have it, which go by last names: "Haddad, Amira"."""
        return ", ".join(filter(None, [self.last_name, self.first_name])) or self.email

    @property
    def initials(self) -> str:
        """Return up to two letters for the round badge."""
        words = self.get_full_name().split() or [self.email]
        return "".join(word[0] for word in (words[0], *words[1:][-1:])).upper()

    def may_be_named_by(self, course_id: int) -> bool:
        """Whether a course may write this name: never signed in, and in no other course."""
        return self.last_login is None and not self.memberships.exclude(course=course_id).exists()
