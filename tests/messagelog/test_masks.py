"""No secret passes into the message log, however it is written."""

import pytest

from wcc import masks


@pytest.mark.parametrize(
    "text",
    [
        '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"hush"}]',
        '[2,"1","ChangeConfiguration",{"value":"hush","key":"authorizationkey"}]',
        '[2,"1","ChangeConfiguration",{"key":"Authoriz\\u0061tionKey","value":"hush"}]',
        '[3,"1",{"configurationKey":[{"key":"AuthorizationKey","readonly":false,"value":"hush"}]}]',
        '[3,"1",{"configurationKey":[{"key":"Backend-Password","value":"hush"}]}]',
        '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"a\\"hush"}]',
        '[2,"1","DataTransfer",{"vendorId":"x","data":"{\\"key\\":\\"AuthorizationKey\\",\\"value\\":\\"hush\\"}"}]',
        '[2,"1","DataTransfer",{"wifiPassphrase":"hush"}]',
        '[2,"1","GetDiagnostics",{"location":"ftp://user:hush@files.example.org/x"}]',
        '[2,"1","ChangeConfiguration",{"key":"AuthorizationKey","value":"hush"',
        '[2,"1","ChangeConfiguration",{"value":"hush","key":"Authorization\\u004bey"',
        "hush is my password",
    ],
)
def test_a_secret_is_masked(text: str) -> None:
    assert "hush" not in masks.frame(text)


@pytest.mark.parametrize(
    "text",
    [
        '[2,"1","Authorize",{"idTag":"04A2B3"}]',
        '[2,"1","ChangeConfiguration",{"key":"HeartbeatInterval","value":"60"}]',
        '[3, "1", {"unknownKey": ["AuthorizationKey"]}]',
        '[2,"1","UpdateFirmware",{"location":"https://files.example.org/x@2.bin"}]',
        "no JSON at all",
    ],
)
def test_what_is_no_secret_stays_as_it_came(text: str) -> None:
    assert masks.frame(text) == text
