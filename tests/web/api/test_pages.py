"""What can be done on the pages about records can be done by programs, or it is written here why not.

The rooms that are not in the API at all, and why, are named in ADR 15: imports, forms, funnels, the lexicon and others.
"""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

from tests.web.api.test_roles import OPERATIONS

APPS = ("records", "people", "crm", "money", "files", "webhooks")

PART = "a part of a page, of what its page's operation gives"
FILES = "about reading files, which are imported on pages"

PAGES: dict[str, str] = {
    # records
    "persons": "list_persons",
    "companies": "list_companies",
    "deals": "list_deals",
    "persons_file": "export_persons",
    "companies_file": "export_companies",
    "deals_file": "export_deals",
    "records_many": "change_many_persons change_many_companies change_many_deals",
    "records_many_undo": "undo_change",
    "records_tags": "tag_person untag_person tag_company untag_company tag_deal untag_deal",
    "records_columns": "choose_list_columns",
    "records_fields": "list_fields",
    "records_field": "change_custom_field",
    "records_field_new": "make_custom_field",
    "records_field_retire": "retire_custom_field restore_custom_field",
    "fields": "list_fields",
    "search_results": "search_records",
    # people
    "person": "read_person read_person_timeline",
    "person_touch": PART,
    "person_companies_found": PART,
    "person_deals": "list_deals",
    "new_person": "add_person",
    "edit_person": "change_person assign_person",
    "edit_person_field": "change_person assign_person",
    "company": "read_company read_company_timeline",
    "company_touch": PART,
    "new_company": "add_company",
    "edit_company": "change_company assign_company",
    "edit_company_field": "change_company assign_company",
    "duplicates": "list_duplicates",
    "duplicates_decide": "join_pair part_pair dismiss_pair recall_pair",
    "duplicates_look": "look_for_duplicates",
    "privacy": "looks a person up by what leads to them, also one who has no row and so no key in the API",
    "privacy_confirm": PART,
    "privacy_export": "export_person_data",
    "privacy_remove": "erase_person",
    # crm
    "pipeline": "list_pipelines",
    "board": "read_board",
    "board_part": PART,
    "board_live": "tells pages that something changed; programs have webhooks",
    "move": "move_deal win_deal lose_deal",
    "undo_move": "take_move_back",
    "reopen_deal": "reopen_deal",
    "renew_deal": "renew_deal",
    "remove_deal": "remove_deal",
    "new_deal": "open_deal",
    "deal": "read_deal",
    "edit_deal": "change_deal",
    "deal_timeline": "read_deal_timeline",
    "deal_touch": PART,
    "committee": "list_members add_member change_member end_membership",
    "companies_found": PART,
    "people_found": PART,
    "lines": "list_lines add_line",
    "line": "change_line remove_line",
    "lead": "enter_stage set_mark take_mark",
    "today": "read_today",
    "activity": "read_activity change_activity",
    "activities_of": "list_activities",
    "activities_add": "add_activity",
    "activities_finish": "finish_activity",
    "activities_remove": "remove_activity",
    "activities_reopen": "reopen_activity",
    "segments": "list_segments",
    "segment": "read_segment change_segment list_segment_members",
    "count_segment": "read_segment",
    "save_segment": "save_segment",
    "copy_segment": "copy_segment",
    "remove_segment": "remove_segment",
    "bring_back_segment": "bring_back_segment",
    "settings_pipelines": "list_pipelines",
    "settings_pipeline": "read_pipeline change_pipeline order_stages",
    "settings_pipeline_act": "shift_pipeline archive_pipeline bring_back_pipeline",
    "settings_new_pipeline": "make_pipeline",
    "settings_blueprint": "list_templates",
    "settings_new_stage": "add_stage",
    "settings_stage": "change_stage remove_stage bring_back_stage",
    "settings_lifecycle": "read_lifecycle",
    "settings_markets": "list_markets change_market",
    "settings_products": "list_products",
    "settings_new_product": "add_product",
    "settings_product": "change_product",
    "settings_product_act": "archive_product bring_back_product",
    "settings_reasons": "list_reasons add_reason",
    "settings_reason": "rename_reason shift_reason archive_reason bring_back_reason",
    "file_words": FILES,
    # money
    "money:currencies": "list_rates",
    "money:rate": "put_rate",
    "money:file": "upload_rates",
    # files
    "files_of": "list_files",
    "add_file": "add_file",
    "file": "read_file_content",
    "file_open": "fetches what a signed link leads to, for browsers; programs fetch with their key",
    "rename_file": "rename_file",
    "remove_file": "remove_file",
    "restore_file": "restore_file",
    # webhooks
    "webhooks:list": "list_webhooks",
    "webhooks:new": "make_webhook",
    "webhooks:one": "read_webhook change_webhook list_webhook_messages",
    "webhooks:pause": "change_webhook",
    "webhooks:resume": "change_webhook",
    "webhooks:remove": "remove_webhook",
    "webhooks:rotate": "rotate_webhook_secret",
    "webhooks:test": "test_webhook",
    "webhooks:again": "replay_failed_messages",
    "webhooks:message": "read_webhook_message",
    "webhooks:message_again": "replay_webhook_message",
}
"""By the name of a page's address: the operations that do the same, or in a sentence why there are none."""


def pages() -> Iterator[str]:
    """The names of all addresses of pages of `APPS`."""
    left: list[tuple[str, URLPattern | URLResolver]] = [("", one) for one in get_resolver().url_patterns]
    while left:
        space, one = left.pop()
        if isinstance(one, URLResolver):
            if one.namespace != "api":
                within = f"{space}{one.namespace}:" if one.namespace else space
                left += [(within, below) for below in one.url_patterns]
        elif any(one.callback.__module__.startswith(f"tragt.web.{app}.") for app in APPS):
            yield f"{space}{one.name}"


def test_every_page_about_records_has_its_operations_or_a_reason() -> None:
    assert sorted(set(pages())) == sorted(PAGES)


def test_operations_that_pages_name_exist_and_reasons_are_sentences() -> None:
    for page, said in PAGES.items():
        words = said.split()
        known = [word for word in words if word in OPERATIONS]
        assert known == words or (not known and len(words) > 4), f"{page}: {said}"
