from __future__ import annotations

from django.urls import path

from gradebook.views import courses, exams, people, person, roster

# /courses/, /courses/<pk>/
course_urls = [
    path("courses/new/", courses.course_new, name="course_new"),
    path("courses/<int:pk>/settings/", courses.course_settings, name="course_settings"),
    path("courses/<int:pk>/exams/new/", exams.exam_new, name="exam_new"),
]

# /courses/<pk>/people/
people_urls = [
    path("courses/<int:pk>/people/", people.people, name="people"),
    path("courses/<int:pk>/people/new/", people.person_new, name="person_new"),
    path("courses/<int:pk>/people/roster/", roster.roster, name="roster"),
    path("courses/<int:pk>/people/roster/<str:word>/", roster.roster_draft, name="roster_draft"),
]

# /members/<pk>/
member_urls = [
    path("members/<int:pk>/", person.person, name="person"),
    path("members/<int:pk>/leave/", person.person_leave, name="person_leave"),
    path("members/<int:pk>/back/", person.person_back, name="person_back"),
]

urlpatterns = [*course_urls, *people_urls, *member_urls]
