"""The register's desk: for staff only, clean histories, signatures, and the story of changes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from guardian.models import UserObjectPermission

from stations.models import (
    Agency,
    Channel,
    DesignFlow,
    Edition,
    EditionLimit,
    FilePrefix,
    FtpAccount,
    JudgedBy,
    Jurisdiction,
    Membership,
    Parameter,
    Permit,
    PermitLimit,
    Person,
    RuleSetting,
)
from stations.services.accounts import digest_of
from stations.services.history import changes_of
from tests.factories import (
    AgencyFactory,
    ChannelFactory,
    FacilityFactory,
    FtpAccountFactory,
    JurisdictionFactory,
    MembershipFactory,
    OperatorFactory,
    PersonFactory,
    StationFactory,
)

pytestmark = pytest.mark.django_db
PAGES = [model for model in admin.site._registry if model._meta.app_label == "stations"]


@pytest.fixture
def officer(client) -> Person:
    person = PersonFactory(username="can.bo", name="Cán bộ", is_staff=True)
    client.force_login(person)
    return person


def page(row: Any, name: str = "change") -> str:
    return reverse(f"admin:stations_{row._meta.model_name}_{name}", args=[row.pk])


def filled(client, url: str) -> dict[str, Any]:
    """What the browser would send back unchanged."""
    context = client.get(url).context
    forms = [context["adminform"].form]
    for formset in context["inline_admin_formsets"]:
        forms += [formset.formset.management_form, *formset.formset.forms]
    told: dict[str, Any] = {}
    for form in forms:
        for field in form:
            value = field.value()
            if value is True:
                told[field.html_name] = "on"
            elif isinstance(value, list) and field.name not in ("stations", "units"):
                continue
            elif value is not None and value is not False:
                told[field.html_name] = value
    return told


def save(client, row: Any, **changes: Any) -> Any:
    """Opens the page of a row, changes some fields, and saves."""
    url = page(row)
    told = filled(client, url) | changes
    return client.post(url, {name: value for name, value in told.items() if value is not None})


def added(inline: str, number: int, /, **columns: Any) -> dict[str, Any]:
    """The fields of a new row of an inline."""
    told = {f"{inline}-{number}-{name}": value for name, value in columns.items()}
    return told | {f"{inline}-TOTAL_FORMS": number + 1}


class TestWhoMayComeIn:
    @pytest.mark.parametrize("model", PAGES)
    def test_staff_sees_every_list(self, client, officer, model):
        url = reverse(f"admin:stations_{model._meta.model_name}_changelist")
        assert client.get(url, {"q": "abc"}).status_code == 200

    @pytest.mark.parametrize("model", PAGES)
    def test_others_are_sent_to_sign_in(self, client, model):
        client.force_login(PersonFactory())
        url = reverse(f"admin:stations_{model._meta.model_name}_changelist")
        assert client.get(url).status_code == 302

    def test_every_table_that_people_keep_has_a_page(self):
        inlines = {
            inline.model for model in PAGES for inline in admin.site._registry[model].inlines
        }
        kept = {
            model
            for model in apps.get_app_config("stations").get_models()
            if not hasattr(model, "pgh_obj") and "_" not in model.__name__
        }
        assert kept - set(PAGES) - inlines == set()

    def test_staff_gives_no_powers_and_does_not_touch_who_has_them(self, client, officer):
        boss = PersonFactory(is_superuser=True, is_staff=True)
        assert client.post(page(boss), {"username": "x"}).status_code == 403
        save(client, officer, is_superuser="on")
        officer.refresh_from_db()
        assert not officer.is_superuser

    def test_lasting_things_cannot_be_deleted(self, client, officer):
        channel = ChannelFactory()
        assert client.post(page(channel, "delete"), {"post": "yes"}).status_code == 403
        assert Channel.objects.exists()

    @pytest.mark.parametrize(
        "factory", [FacilityFactory, StationFactory, ChannelFactory, AgencyFactory, PersonFactory]
    )
    def test_a_page_and_its_history_open(self, client, officer, factory):
        row = factory()
        assert client.get(page(row)).status_code == 200
        assert client.get(page(row, "history")).status_code == 200

    def test_a_number_of_the_rules_that_a_person_changes_is_an_officers(self, client, officer):
        row = RuleSetting.objects.filter(key="balance_share").first()
        save(client, row, value="0,25", reason="Theo quyết định mới")
        row.refresh_from_db()
        assert (str(row.value), row.provenance) == ("0.250000", "O")

    def test_two_permits_of_one_number_at_a_time_are_refused_with_a_sentence(self, client, officer):
        permit = Permit.objects.create(facility=FacilityFactory(), number="GPMT 1")
        url = reverse("admin:stations_permit_add")
        again = filled(client, url) | {"facility": permit.facility_id, "number": "GPMT 1"}
        answer = client.post(url, again)
        assert "Đã có một mục cùng loại có hiệu lực" in answer.content.decode()
        assert Permit.objects.count() == 1

    def test_a_page_can_be_saved_as_it_is(self, client, officer):
        for row in (
            ChannelFactory(),
            Edition.objects.get(code="QCVN 40:2011/BTNMT"),
            Parameter.objects.get(symbol="PM2.5"),
        ):
            response = client.post(page(row), filled(client, page(row)))
            assert response.status_code == 302, response.context["errors"]


class TestHistoriesStayClean:
    @pytest.fixture
    def plant(self):
        plant = FacilityFactory()
        plant.designflows.create(m3_per_day=7000)
        return plant

    def test_a_later_row_ends_the_earlier(self, client, officer, plant):
        response = save(
            client, plant, **added("designflows", 1, m3_per_day="8500", valid_from="2025-01-01")
        )
        assert response.status_code == 302, response.context["errors"]
        rows = DesignFlow.objects.order_by("m3_per_day").values_list("valid_from", "valid_until")
        assert list(rows) == [(None, date(2024, 12, 31)), (date(2025, 1, 1), None)]

    def test_two_rows_from_the_same_day_are_refused(self, client, officer, plant):
        response = save(client, plant, **added("designflows", 1, m3_per_day="8500"))
        assert response.status_code == 200
        assert DesignFlow.objects.count() == 1

    def test_days_that_overlap_are_refused(self, client, officer, plant):
        DesignFlow.objects.update(valid_until=date(2025, 6, 30))
        response = save(
            client, plant, **added("designflows", 1, m3_per_day="8500", valid_from="2025-01-01")
        )
        assert response.status_code == 200
        assert DesignFlow.objects.count() == 1

    def test_a_last_day_before_the_first_is_refused(self, client, officer, plant):
        new = added(
            "designflows", 1, m3_per_day="1", valid_from="2025-01-01", valid_until="2024-12-31"
        )
        assert save(client, plant, **new).status_code == 200
        assert DesignFlow.objects.count() == 1

    def test_correcting_the_past_asks_for_a_reason(self, client, officer, plant):
        change = {"designflows-0-m3_per_day": "7100"}
        assert save(client, plant, **change).status_code == 200
        reason = {"designflows-0-reason": "Ghi nhầm khi nhập"}
        assert save(client, plant, **change, **reason).status_code == 302
        assert DesignFlow.objects.get().m3_per_day == 7100

    def test_ending_a_row_needs_no_reason(self, client, officer, plant):
        change = {"designflows-0-valid_until": "2025-12-31"}
        assert save(client, plant, **change).status_code == 302

    def test_other_constraints_are_still_told(self, client, officer):
        station = StationFactory()
        response = save(client, station, **added("samplingintervals", 0, minutes="7"))
        assert response.status_code == 200

    def test_a_prefix_of_another_station_is_refused(self, client, officer):
        StationFactory().fileprefixs.create(prefix="BG_A", valid_until=date(2024, 12, 31))
        station = StationFactory()
        same_days = added("fileprefixs", 0, prefix="BG_A", valid_from="2024-12-31")
        assert save(client, station, **same_days).status_code == 200
        later = added("fileprefixs", 0, prefix="BG_A", valid_from="2025-01-01")
        assert save(client, station, **later).status_code == 302
        assert FilePrefix.objects.count() == 2

    def test_a_number_is_shown_and_taken_as_people_write_it(self, client, officer, plant):
        assert filled(client, page(plant))["designflows-0-m3_per_day"] == "7000"
        new = added("designflows", 1, m3_per_day="8500,5", valid_from="2025-01-01")
        assert save(client, plant, **new).status_code == 302
        assert DesignFlow.objects.filter(m3_per_day="8500.5").exists()

    def test_permits_of_two_sources_stand_beside_each_other(self, client, officer):
        channel = ChannelFactory()
        channel.permitlimits.create(period="day", maximum=60, source="GP1")
        new = added("permitlimits", 1, period="day", maximum="50", source="GP2")
        assert save(client, channel, **new).status_code == 302
        assert set(PermitLimit.objects.values_list("valid_until", flat=True)) == {None}


class TestSignatures:
    def test_confirming_puts_the_person_and_the_moment_under_it(self, client, officer):
        edition = Edition.objects.get(code="QCVN 40:2011/BTNMT")
        row = StationFactory().judgedbys.create(edition=edition, column="A")
        save(client, row.station, **{"judgedbys-0-confirmed": "GPMT số 12"})
        row.refresh_from_db()
        assert row.confirmed_by == officer
        assert row.confirmed_at is not None

    def test_taking_it_away_takes_them_away(self, client, officer):
        channel = ChannelFactory()
        channel.permitlimits.create(period="day", maximum=60, confirmed="GP", confirmed_by=officer)
        save(client, channel, **{"permitlimits-0-confirmed": None})
        row = PermitLimit.objects.get()
        assert (row.confirmed, row.confirmed_by, row.confirmed_at) == ("", None, None)

    def test_saving_without_a_change_signs_nothing(self, client, officer):
        channel = ChannelFactory()
        channel.permitlimits.create(period="day", maximum=60, confirmed="GP")
        save(client, channel)
        assert PermitLimit.objects.get().confirmed_by is None

    def test_a_number_that_a_person_entered_says_so(self, client, officer):
        edition = Edition.objects.get(code="QCVN 40:2025/BTNMT")
        cod = Parameter.objects.get(symbol="COD").pk
        new = added("limits", 0, parameter=cod, column="A", period="day", maximum="60")
        response = save(client, edition, **new)
        assert response.status_code == 302, response.context["errors"]
        assert EditionLimit.objects.get(edition=edition).provenance == "O"


class TestWhatFollows:
    def test_a_new_member_has_rights_at_once(self, client, officer):
        agency = AgencyFactory()
        JurisdictionFactory(agency=agency)
        person = PersonFactory()
        new = added("memberships", 0, person=person.pk, role="officer")
        assert save(client, agency, **new).status_code == 302
        assert UserObjectPermission.objects.filter(user=person).count() == 5

    def test_a_jurisdiction_that_is_deleted_takes_its_rights(self, client, officer):
        jurisdiction = JurisdictionFactory()
        MembershipFactory(agency=jurisdiction.agency)
        save(client, jurisdiction.agency, **{"jurisdictions-0-DELETE": "on"})
        assert not Jurisdiction.objects.exists()
        assert not UserObjectPermission.objects.exists()

    def test_the_end_of_a_membership_on_a_persons_page(self, client, officer):
        jurisdiction = JurisdictionFactory()
        membership = MembershipFactory(agency=jurisdiction.agency)
        save(client, membership.person, **{"memberships-0-valid_until": "2020-12-31"})
        assert Membership.objects.get().valid_until == date(2020, 12, 31)
        assert not UserObjectPermission.objects.exists()

    def test_a_new_account_has_a_secret_shown_once(self, client, officer):
        response = client.post(
            reverse("admin:stations_ftpaccount_add"),
            {"username": "logger", "active": "on"},
            follow=True,
        )
        account = FtpAccount.objects.get()
        words = [str(message).split()[-1] for message in response.context["messages"]]
        (secret,) = [word for word in words if digest_of(word) == account.digest]
        assert secret not in client.get(page(account)).content.decode()

    def test_a_new_secret_for_an_account(self, client, officer):
        account = FtpAccountFactory()
        response = client.post(
            reverse("admin:stations_ftpaccount_changelist"),
            {"action": "give_secrets", "_selected_action": [account.pk]},
            follow=True,
        )
        (told,) = [str(m) for m in response.context["messages"]]
        account.refresh_from_db()
        assert account.digest == digest_of(told.split()[-1])
        assert told.split()[-1] not in str(list(LogEntry.objects.values_list("change_message")))

    def test_a_new_channel_takes_the_next_slot_and_its_unit(self, client, officer):
        station = ChannelFactory().station
        tss = Parameter.objects.get(symbol="TSS").pk
        told = {"station": station.pk, "parameter": tss, "symbol": ""}
        for name in ("permitlimits", "instruments", "channelintervals"):
            told |= {f"{name}-TOTAL_FORMS": 0, f"{name}-INITIAL_FORMS": 0}
        response = client.post(reverse("admin:stations_channel_add"), told)
        assert response.status_code == 302, response.context["errors"]
        channel = Channel.objects.get(symbol="TSS")
        assert (channel.slot, channel.unit) == (2, "mg/L")


class TestTheStory:
    def test_a_change_tells_who_what_and_from_what_to_what(self, client, officer):
        plant = FacilityFactory(name="Cũ")
        save(client, plant, name="Mới")
        newest = changes_of(plant)[0]
        assert newest.who == "Cán bộ"
        assert [(field.before, field.after) for field in newest.fields] == [("Cũ", "Mới")]
        text = client.get(page(plant, "history")).content.decode()
        assert "Cán bộ" in text
        assert "Mới" in text

    def test_dated_rows_are_told_on_the_page_of_their_owner(self, client, officer):
        plant = FacilityFactory()
        save(client, plant, **added("designflows", 0, m3_per_day="8500", valid_from="2025-01-01"))
        assert "8500" in client.get(page(plant, "history")).content.decode()

    def test_a_row_that_was_deleted_is_still_told(self, client, officer):
        jurisdiction = JurisdictionFactory(valid_from=date(2024, 2, 29))
        agency = jurisdiction.agency
        save(client, agency, **{"jurisdictions-0-DELETE": "on"})
        text = client.get(page(agency, "history")).content.decode()
        assert "29/02/2024" in text
        assert LogEntry.objects.get().user == officer

    def test_a_file_is_named_as_the_author(self, load):
        load("agencies: [{code: A, kind: ministry, name: A}]")
        assert "register.yaml" in changes_of(Agency.objects.get())[0].who

    def test_it_costs_a_fixed_number_of_queries(self, django_assert_max_num_queries):
        plant = FacilityFactory(operator=OperatorFactory())
        for number in range(40):
            plant.name = f"Tên {number}"
            plant.save(update_fields=["name"])
        with django_assert_max_num_queries(5):
            assert len(changes_of(plant, [(DesignFlow, "facility"), (JudgedBy, "station")])) == 41
